import { expect, it } from 'vitest';
import { type Arena, contest } from '../../../bench/serve/contest.ts';

const arena: Arena<'30M', string> = { size: '30M', threads: 1, ours: 'ours', llama: 'llama', rounds: 3 };
const ENTRANTS = { ours: ['fp32', 'int8'], llama: ['f32'] } as const;

it('all have their turn in each round, back and forth, and the first round does not count', async () => {
  const turns: string[] = [];
  const medians = await contest(arena, ENTRANTS, async (program, { format }) => {
    turns.push(format);
    const round = Math.ceil(turns.length / 3);
    return round === 1 ? 1000 : round + (program === 'llama' ? 10 : 0);
  });
  expect(turns.slice(0, 6)).toEqual(['fp32', 'int8', 'f32', 'f32', 'int8', 'fp32']);
  expect(turns).toHaveLength(3 * (1 + arena.rounds));
  expect(medians).toEqual({ ours: { fp32: 3, int8: 3 }, llama: { f32: 13 } });
});

it('ours runs alone where there is nobody else', async () => {
  const medians = await contest({ ...arena, llama: undefined }, ENTRANTS, async () => 5);
  expect(medians).toEqual({ ours: { fp32: 5, int8: 5 }, llama: {} });
});
