import { describe, expect, it } from 'vitest';
import { scoreOffline } from './offline-demo.ts';
import { shippedBrain } from './shipped-brain.ts';

const FIVE_MINUTES_MS = 300_000;

describe('the shipped models in a 5-minute demo', () => {
  it.each([1, 2, 3])('gesture: nine of ten named once and rightly, idle silent (seed %i)', async (seed) => {
    const score = await scoreOffline('gesture', await shippedBrain('gesture'), {
      seed,
      durationMs: FIVE_MINUTES_MS,
    });
    expect(score.spans).toBeGreaterThan(55);
    expect(score.right / score.spans).toBeGreaterThanOrEqual(0.9);
    expect(score.falseInIdle / score.idleMinutes).toBeLessThanOrEqual(1);
  });

  it('local: right nearly always', async () => {
    const score = await scoreOffline('local', await shippedBrain('local'), {
      seed: 1,
      durationMs: FIVE_MINUTES_MS,
    });
    expect(score.spans).toBeGreaterThan(30);
    expect(score.missed).toBe(0);
    expect(score.accuracy).toBeGreaterThanOrEqual(0.98);
  });
});
