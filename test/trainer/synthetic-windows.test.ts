import { expect, it } from 'vitest';
import { RandomStream } from '../../model/random.ts';
import { levelOf } from '../../protocols/quantiser.ts';
import type { FittedTask } from '../../protocols/task.ts';
import { syntheticWindow } from '../../trainer/synthetic-windows.ts';
import { rateTask } from '../protocols/examples.ts';

const spec = rateTask({ input: { channels: [{ channel: 'accel.x' }, { channel: 'accel.y' }] } });
const edges = (low: number, high: number) =>
  Array.from({ length: 31 }, (_, i) => low + ((high - low) * (i + 1)) / 32);
const task: FittedTask = {
  spec,
  template: 'stream',
  quantisers: [
    { channel: 'accel.x', firstNumber: 0, edges: edges(-20, 20) },
    { channel: 'accel.y', firstNumber: 32, edges: edges(0, 1) },
  ],
  missingText: ' ?',
  unknownThreshold: 0,
  classPrior: {},
};

it('invents one row for each step, in the range of each channel, the same for the same stream', () => {
  const window = syntheticWindow(task, RandomStream.seeded(3));
  expect(window).toHaveLength(spec.window.rows);
  for (const row of window) {
    expect(row).toHaveLength(2);
    expect(Math.abs(row[0]!)).toBeLessThanOrEqual(20);
    expect(row[1]).toBeGreaterThanOrEqual(0);
    expect(row[1]).toBeLessThanOrEqual(1);
  }
  expect(syntheticWindow(task, RandomStream.seeded(3))).toEqual(window);
  expect(syntheticWindow(task, RandomStream.seeded(4))).not.toEqual(window);
});

it('uses many of the levels', () => {
  const levels = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    for (const row of syntheticWindow(task, RandomStream.seeded(seed))) {
      levels.add(levelOf(task.quantisers[0]!, row[0]!));
    }
  }
  expect(levels.size).toBeGreaterThan(16);
});
