import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reorder } from '../../protocols/reorder.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import { Windower } from '../../protocols/windower.ts';
import { at, closedWindows, eventsOf, rateTask } from './examples.ts';

const REORDER_MS = 200;

const TASKS: readonly TaskSpec[] = [
  rateTask({ window: { rows: 5, hopMs: 300 } }),
  rateTask({ input: { boardRateHz: 40 }, window: { rows: 5, hopMs: 300 } }),
  rateTask({ window: { rows: 5, trigger: { channel: 'light.red', above: 300, release: 200, preMs: 200 } } }),
  rateTask({ input: { steps: 'count', boardRateHz: 40 }, window: { rows: 5, hopReadings: 7 } }),
];

/** Readings 25 ms apart, each delayed by less than the tolerance on its way. */
const delayed = fc
  .array(
    fc.record({
      value: fc.integer({ min: 0, max: 400 }),
      delayMs: fc.integer({ min: 0, max: REORDER_MS - 1 }),
    }),
    { minLength: 40, maxLength: 120 },
  )
  .map((readings) =>
    readings.map(({ value, delayMs }, i) => ({
      reading: at(i * 25, { 'light.red': value + 1 / 3, proximity: value }),
      arrivesMs: i * 25 + delayMs,
    })),
  );

describe('readings that come in another order than they were measured', () => {
  it.each(TASKS.map((task) => [JSON.stringify(task.window), task] as const))(
    'fill the same windows within the tolerance, bit by bit: %s',
    (_name, task) => {
      fc.assert(
        fc.property(delayed, (readings) => {
          const inOrder = readings.map(({ reading }) => reading);
          const asTheyCame = readings.toSorted((a, b) => a.arrivesMs - b.arrivesMs).map((one) => one.reading);
          const windower = new Windower(task, { reorderMs: REORDER_MS });
          const straight = new Windower(task);
          const windows = closedWindows([...eventsOf(windower, asTheyCame), ...windower.end()]);
          expect(windows).toEqual(closedWindows([...eventsOf(straight, inOrder), ...straight.end()]));
          expect(windower.counts.late).toBe(0);
        }),
        { numRuns: 50 },
      );
    },
  );

  it('are counted late beyond it', () => {
    const windower = new Windower(TASKS[0]!, { reorderMs: REORDER_MS });
    eventsOf(
      windower,
      [0, 100, 200, 300, 400, 500, 600, 380].map((ms) => at(ms, { 'light.red': 1 })),
    );
    expect(windower.counts.late).toBe(1);
  });

  it('leave at once what a flood would keep waiting for ever', () => {
    const reorder = new Reorder(1e6);
    let left = 0;
    for (let i = 0; i < 10_000; i++) left += reorder.add(at(0, { 'light.red': i })).length;
    expect(left).toBeGreaterThan(5000);
    expect(left + reorder.flush().length).toBe(10_000);
  });
});
