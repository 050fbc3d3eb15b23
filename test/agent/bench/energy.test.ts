import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { energyUse } from '../../../agent/bench/energy.ts';

const work = { unit: 'windows', run: () => setTimeout(2) } as const;
const never = new AbortController().signal;
const EFFORT = { idleMs: 50, workMs: 100 };

it('what idling takes is not laid to the windows', async () => {
  const startMs = performance.now();
  const tenWatts = { source: 'a lamp', joules: async () => (performance.now() - startMs) / 100 };
  // So long that a moment lost between the lamp's clock and the bench's counts little.
  const use = await energyUse(tenWatts, work, { idleMs: 400, workMs: 400 }, never);
  expect(use!.source).toBe('a lamp');
  for (const watts of [use!.idleW, use!.meanW]) expect(Math.abs(watts - 10)).toBeLessThan(3);
  // Of the 0.02 J or more that a window lasts long.
  expect(use!.joulesPerWindow).toBeLessThan(0.01);
});

it('a window costs what the machine takes beyond idling', async () => {
  let done = 0;
  const twoEach = { source: 'windows', joules: async () => 2 * done };
  const run = async (): Promise<void> => {
    await setTimeout(2);
    done++;
  };
  const use = await energyUse(twoEach, { unit: 'windows', run }, EFFORT, never);
  expect(use!.idleW).toBe(0);
  expect(use!.joulesPerWindow).toBeCloseTo(2, 9);
});

it('a counter that stands still counts nothing', async () => {
  expect(await energyUse({ source: 'none', joules: async () => 7 }, work, EFFORT, never)).toBeUndefined();
});

it('ends when it is stopped', async () => {
  const reason = new Error('enough');
  const stopped = energyUse({ source: 'x', joules: async () => 1 }, work, EFFORT, AbortSignal.abort(reason));
  await expect(stopped).rejects.toThrow();
});

it('the counter is asked again when it has answered', async () => {
  let [asking, most] = [0, 0];
  const joules = async (): Promise<number> => {
    most = Math.max(most, ++asking);
    await setTimeout(300); // longer than it is waited between two questions
    asking--;
    return performance.now();
  };
  await energyUse({ source: 'slow', joules }, work, { idleMs: 600, workMs: 1 }, never);
  expect(most).toBe(1);
});

it('tells what the work died of, though that was before the counter had answered', async () => {
  const slow = { source: 'slow', joules: () => setTimeout(20, 1) };
  const run = () => Promise.reject(new Error('the model is gone'));
  await expect(energyUse(slow, { unit: 'windows', run }, EFFORT, never)).rejects.toThrow('the model is gone');
});
