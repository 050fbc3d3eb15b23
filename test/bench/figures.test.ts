import { expect, it } from 'vitest';
import { figure, figureTable } from '../../bench/figures.ts';

it('a figure says beside its peer and its target whether it holds', () => {
  const fast = { name: 'speed', unit: 'messages/s', ours: 18_000, peer: 12_000, target: { least: 15_000 } };
  expect(figure(fast)).toEqual({
    name: 'speed',
    unit: 'messages/s',
    ours: 18_000,
    peer: 12_000,
    ratio: 1.5,
    target: '>= 15000',
    holds: true,
  });
  expect(figure({ ...fast, target: { most: 15_000 } }).holds).toBe(false);
});

it('a ratio tells how many times as good as the peer it is, and may be what is asked for', () => {
  const slow = { name: 'latency', unit: 'ms', ours: 5, peer: 15, lessIsBetter: true };
  expect(figure({ ...slow, target: { times: 3 } })).toMatchObject({
    ratio: 3,
    target: '>= 3 x peer',
    holds: true,
  });
  expect(figure({ ...slow, target: { times: 3.1 } }).holds).toBe(false);
  // Without the peer there is nothing to judge by.
  expect(figure({ ...slow, peer: undefined, target: { times: 3 } })).toMatchObject({
    ratio: null,
    holds: null,
  });
});

it('a figure without peer and target has neither, and is told all the same', () => {
  const bare = figure({ name: 'memory', unit: 'MB', ours: 123.456 });
  expect(bare).toMatchObject({ ours: 123.5, peer: null, ratio: null, target: null, holds: null });
  expect(figureTable([bare])).toBe('   memory  123.5 MB');
});
