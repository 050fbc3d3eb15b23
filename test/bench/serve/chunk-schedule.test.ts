import { expect, it } from 'vitest';
import { chunkSchedule } from '../../../bench/serve/chunk-schedule.ts';
import { ChunkPlan } from '../../../model/runtime/chunk-plan.ts';

it('large runs come early, and what the last row brings is read with the answer', () => {
  const rows = [...Array<number>(84).fill(3), 4];
  const runs = chunkSchedule(new ChunkPlan(64, { tokens: 256, withLastRow: 4 }), rows);
  expect(runs.at(-1)).toBe(4);
  expect(runs.reduce((sum, tokens) => sum + tokens)).toBe(256);
  expect(Math.max(...runs)).toBeLessThanOrEqual(64);
  expect(runs).toHaveLength(5);
});

it('a window of unknown length is read in chunks too, and nothing of it is left out', () => {
  const runs = chunkSchedule(new ChunkPlan(64), Array<number>(50).fill(2));
  expect(runs.length).toBeGreaterThan(1);
  expect(runs.reduce((sum, tokens) => sum + tokens)).toBe(100);
});
