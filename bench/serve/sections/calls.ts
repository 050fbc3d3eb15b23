import type { Figure } from '../../figures.ts';
import { figure } from '../../figures.ts';
import { type Arena, contest } from '../contest.ts';
import { threadsText } from './beside.ts';

/** What a token takes where there is next to nothing to compute: calls, messages, copies. Nothing is taken off for it elsewhere. */
export async function callFigures(arena: Arena): Promise<Figure[]> {
  const entrants = { ours: ['fp32'], llama: ['f32'] } as const;
  const { ours, llama } = await contest(arena, entrants, (program, model) =>
    program.ask('decodeTokensPerS', model, 1),
  );
  return [
    figure({
      name: `calls, ${threadsText(arena.threads)}: one token of a model that computes next to nothing`,
      unit: 'ms',
      ours: 1000 / ours.fp32!,
      peer: llama.f32 === undefined ? undefined : 1000 / llama.f32,
      lessIsBetter: true,
      note: 'peer: llama.cpp F32, by its binding',
    }),
  ];
}
