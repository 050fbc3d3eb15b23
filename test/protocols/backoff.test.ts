import { expect, it } from 'vitest';
import { backoffMs } from '../../protocols/backoff.ts';

const longest = { random: () => 0.999_999 };

it('waits a random share of a time that doubles up to half a minute', () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 7, 1000].map((attempt) => backoffMs(attempt, longest));
  expect(waits.map((wait) => Math.round(wait / 10) * 10)).toEqual([
    500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
  ]);
  expect(backoffMs(5, { random: () => 0.25 })).toBe(4000);
  expect(backoffMs(5, { random: () => 0 })).toBeGreaterThan(0);
});

it('waits less where a peer is near', () => {
  const waits = [0, 1, 9].map((attempt) => backoffMs(attempt, { baseMs: 100, capMs: 1000, ...longest }));
  expect(waits.map((wait) => Math.round(wait / 10) * 10)).toEqual([100, 200, 1000]);
});
