import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventTime } from '../../protocols/event-time.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import type { WindowEvent } from '../../protocols/window.ts';
import { Windower } from '../../protocols/windower.ts';
import { at, rateTask, START_US, snapshotTask, windowsOf } from './examples.ts';

/*
 * Clocks that do what they like: a day back, a year ahead, 1970, the same moment again and again. Nothing is lost without
 * a count, nothing grows without bound, and what follows is read as if nothing had been.
 */

const DAY_MS = 24 * 3600 * 1000;

/** Milliseconds from `START_US`, as clocks have them that were never set, or set wrongly, or jump. */
const anyTimeMs = fc.oneof(
  fc.integer({ min: 0, max: 2000 }),
  fc.integer({ min: -DAY_MS, max: DAY_MS }),
  fc.constantFrom(0, -DAY_MS, 365 * DAY_MS, -START_US / 1000, 1e9),
  fc.integer({ min: -1e9, max: 1e9 }).map((ms) => ms * 1000),
);
const hostile = fc.array(
  anyTimeMs.map((ms) => at(ms, { 'light.red': 1, proximity: 1, 'rssi.a': -60 })),
  { maxLength: 120 },
);

const level = { 'light.red': 200, proximity: 1 };
const TASKS: Readonly<Record<string, TaskSpec>> = {
  hopping: rateTask({ window: { rows: 4, hopMs: 100 } }),
  triggered: rateTask({
    window: { rows: 8, trigger: { channel: 'light.red', above: 250, release: 240, preMs: 300 } },
  }),
  'motion-triggered': rateTask({
    window: {
      rows: 8,
      trigger: {
        kind: 'energy',
        channels: ['light.red'],
        shortMs: 100,
        longMs: 600,
        ratio: 4,
        release: 2,
        noise: 5,
        preMs: 300,
      },
    },
  }),
  counted: rateTask({
    input: { steps: 'count', boardRateHz: 20 },
    window: { rows: 4, hopReadings: 5 },
  }),
  snapshot: snapshotTask(),
};

/** Four quiet seconds at 20 Hz, and something happens after three of them. */
const goodStream = (fromMs: number): SensorReading[] =>
  Array.from({ length: 80 }, (_, i) =>
    at(fromMs + i * 50, { ...level, 'rssi.a': -60, 'light.red': i >= 60 && i < 66 ? 300 : 200 }),
  );

it('every reading is believed, counted as an outlier, or one of a few that wait', () => {
  fc.assert(
    fc.property(hostile, (readings) => {
      const time = new EventTime(1e6);
      let believed = 0;
      for (const [i, reading] of readings.entries()) {
        believed += time.admit(reading).readings.length;
        expect(i + 1 - believed - time.outliers).toBeLessThanOrEqual(32);
      }
      believed += time.end().length;
      expect(believed + time.outliers).toBe(readings.length);
    }),
  );
});

describe.each(Object.entries(TASKS))('%s windows', (_kind, task) => {
  it('are few at a time, whatever the times are, and each has one end', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom(0, 200), (readings, reorderMs) => {
        const windower = new Windower(task, { reorderMs });
        const open = new Set<number>();
        const follow = (events: Iterable<WindowEvent>) => {
          for (const { type, window } of events) {
            if (type === 'opened') open.add(window);
            else if (type !== 'step') expect(open.delete(window)).toBe(true);
            expect(open.size).toBeLessThanOrEqual(4);
          }
        };
        for (const reading of readings) follow(windower.add(reading));
        follow(windower.end());
        expect(open.size).toBe(0);
      }),
    );
  });

  it('come back after any time that was wrong, the very first one too', () => {
    const good = windowsOf(task, goodStream(0));
    expect(good.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(hostile, (readings) => {
        // Once the clock is good it stays so: long enough that the good line has more witnesses than any other.
        const stream = [...readings, ...goodStream(-10_000), ...goodStream(20_000)];
        const windows = windowsOf(task, stream);
        expect(windows.slice(-good.length)).toEqual(
          good.map(({ startMs, rows }) => ({ startMs: startMs + 20_000, rows })),
        );
      }),
    );
  });

  it('are not disturbed by single times that are wrong', () => {
    const good = goodStream(0);
    const wrongMs = fc.oneof(
      fc.constantFrom(-DAY_MS, 365 * DAY_MS, -START_US / 1000),
      fc.integer({ min: 60_000, max: DAY_MS }),
      fc.integer({ min: -DAY_MS, max: -60_000 }),
    );
    const wrongs = fc.array(fc.tuple(fc.integer({ min: 1, max: 39 }), wrongMs), { maxLength: 8 });
    fc.assert(
      fc.property(wrongs, (places) => {
        const stream = good.flatMap((reading, i) => {
          const wrong = places.find(([place]) => place * 2 === i);
          return wrong ? [at(wrong[1], { ...level, 'rssi.a': -99 }), reading] : [reading];
        });
        expect(windowsOf(task, stream)).toEqual(windowsOf(task, good));
      }),
    );
  });
});
