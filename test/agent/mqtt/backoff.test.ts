import { expect, it } from 'vitest';
import { backoffMs } from '../../../agent/mqtt/backoff.ts';

it('waits a random share of a time that doubles up to half a minute', () => {
  const longest = (attempt: number) => backoffMs(attempt, () => 0.999_999);
  expect([0, 1, 2, 3, 4, 5, 6, 7, 1000].map((attempt) => Math.round(longest(attempt) / 10) * 10)).toEqual([
    500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
  ]);
  expect(backoffMs(5, () => 0.25)).toBe(4000);
  expect(backoffMs(5, () => 0)).toBeGreaterThan(0);
});
