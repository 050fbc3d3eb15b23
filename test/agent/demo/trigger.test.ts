import { expect, it } from 'vitest';
import { DipBrain } from './dip-brain.ts';
import { scoreOffline } from './offline-demo.ts';

/** Nobody tells the agent where a gesture begins: the trigger of the shipped task has to find out. */
it.each([1, 2, 3])(
  'finds the gestures of a 5-minute demo, once each, and nothing else (seed %i)',
  async (seed) => {
    const score = await scoreOffline('gesture', await DipBrain.create(), { seed, durationMs: 300_000 });
    const found = score.right + score.wrong;
    expect(score.spans).toBeGreaterThan(55);
    expect(found / score.spans).toBeGreaterThan(0.97);
    expect(score.falseInIdle / score.idleMinutes).toBeLessThanOrEqual(1);
    expect(score.idleMinutes).toBeGreaterThan(2);
  },
);
