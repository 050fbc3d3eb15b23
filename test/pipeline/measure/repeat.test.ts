import { describe, expect, it } from 'vitest';
import { quantiles } from '../../../pipeline/measure/quantiles.ts';
import { FEWEST_RUNS, repeat } from '../../../pipeline/measure/repeat.ts';

const numbered = (n: number): Promise<number> => Promise.resolve(n);

describe('doing something again and again', () => {
  it('leaves the warm-up out', async () => {
    let counted = 0;
    const runs = await repeat(
      numbered,
      { warmUp: 2, runs: 5, patienceMs: 60_000 },
      { onRun: () => void counted++ },
    );
    expect(runs).toEqual([2, 3, 4, 5, 6]);
    expect(counted).toBe(5);
  });

  it('is not asked for more than a few times where patience has ended', async () => {
    expect(await repeat(numbered, { warmUp: 1, runs: 100, patienceMs: 0 })).toHaveLength(FEWEST_RUNS);
  });
});

it('quantiles are values that were there, whatever their order', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => (i * 37) % 100);
  expect(quantiles(hundred)).toEqual({ p50: 50, p95: 95 });
  expect(quantiles([7])).toEqual({ p50: 7, p95: 7 });
  expect(quantiles([]).p50).toBeNaN();
});
