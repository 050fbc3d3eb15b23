import { describe, expect, it } from 'vitest';
import { cutWindow, cutWindowOverGaps, Windower } from '../../protocols/windower.ts';
import { at, closedWindows, eventsOf, rateTask, recordingOf } from './examples.ts';

/** Six steps of 100 ms of one channel. */
const task = (missing: string) =>
  rateTask({
    input: { maxGapMs: 350, channels: [{ channel: 'light.red', missing }] },
    window: { rows: 6, hopMs: 600 },
  });

/** A reading in the middle of each of these steps, with the number of the step as its value. */
const inSteps = (...steps: number[]) => steps.map((step) => at(step * 100 + 50, { 'light.red': step * 10 }));
const level = (ms: number, value: number) => at(ms, { 'light.red': value });

/** The values of the first window. */
const values = (missing: string, readings: readonly ReturnType<typeof at>[]) =>
  closedWindows(eventsOf(new Windower(task(missing)), readings))[0]?.rows.map(([value]) => value);

describe('a step without samples', () => {
  const holes = [level(0, 0), ...inSteps(1, 4, 5), level(600, 0)];

  it('repeats the value before it (hold)', () => {
    expect(values('hold', holes)).toEqual([0, 10, 10, 10, 40, 50]);
  });

  it('lies on the line between its neighbours (interpolate)', () => {
    expect(values('interpolate', holes)).toEqual([0, 10, 20, 30, 40, 50]);
  });

  it('says that it is missing (mark)', () => {
    expect(values('mark', holes)).toEqual([0, 10, Number.NaN, Number.NaN, 40, 50]);
  });

  it('costs the window (abandon)', () => {
    expect(values('abandon', holes)).toBeUndefined();
    expect(values('abandon', [level(0, 0), ...inSteps(1, 2, 3, 4, 5), level(600, 0)])).toHaveLength(6);
  });

  it('holds the last value where the window ends before the next (interpolate)', () => {
    expect(values('interpolate', [level(0, 5), ...inSteps(1, 2, 3), level(600, 0)])).toEqual([
      5, 10, 20, 30, 30, 30,
    ]);
  });

  it('costs the window in any case when too many are missing in one piece', () => {
    for (const missing of ['hold', 'interpolate', 'mark']) {
      expect(values(missing, [level(0, 0), ...inSteps(5), level(600, 0)])).toBeUndefined();
    }
  });

  it('waits for the next sample of its channel alone, and holds up what comes after it', () => {
    const windower = new Windower(
      rateTask({
        input: { channels: [{ channel: 'light.red', missing: 'interpolate' }, { channel: 'proximity' }] },
        window: { rows: 4, hopMs: 400 },
      }),
    );
    const steps = (readings: readonly ReturnType<typeof at>[]) =>
      eventsOf(windower, readings).flatMap((event) => (event.type === 'step' ? [[...event.row]] : []));
    expect(steps([at(0, { 'light.red': 0, proximity: 1 }), at(120, { proximity: 2 })])).toEqual([[0, 1]]);
    expect(steps([at(220, { proximity: 3 })])).toEqual([]);
    expect(steps([at(240, { 'light.red': 20 }), at(310, { proximity: 4 })])).toEqual([
      [10, 2],
      [20, 3],
    ]);
  });
});

it('a window that is cut for scoring is had in spite of what is missing', () => {
  const recording = recordingOf(
    ['light.red'],
    [
      [0, 0],
      [150, 10],
      [450, 40],
    ],
  );
  const startUs = recording.timesUs[0]!;
  expect(cutWindow(task('abandon'), recording, startUs)).toBeUndefined();
  const { rows } = cutWindowOverGaps(task('abandon'), recording, startUs);
  expect(rows.map(([value]) => value)).toEqual([0, 10, 10, 10, 40, 40]);
});
