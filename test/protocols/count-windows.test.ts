import { describe, expect, it } from 'vitest';
import { cutWindow, Windower } from '../../protocols/windower.ts';
import { at, closedWindows, eventsOf, rateTask, recordingOf, START_US, windowsOf } from './examples.ts';

/** Three steps of two readings each, a window every four readings. */
const task = (changes: object = {}) =>
  rateTask({
    input: {
      steps: 'count',
      rateHz: 10,
      boardRateHz: 20,
      maxGapMs: 1000,
      channels: [{ channel: 'light.red' }],
      ...changes,
    },
    window: { rows: 3, hopReadings: 4 },
  });

/** Readings 1, 2, 3, .. at these times. */
const numbered = (timesMs: readonly number[]) => timesMs.map((ms, i) => at(ms, { 'light.red': i + 1 }));
const everyMs = (ms: number, n: number) => Array.from({ length: n }, (_, i) => i * ms);

describe('counted windows', () => {
  it('hold so many readings a step, and open every so many readings', () => {
    expect(windowsOf(task(), numbered(everyMs(50, 12)))).toEqual([
      { startMs: 0, rows: [[1.5], [3.5], [5.5]] },
      { startMs: 200, rows: [[5.5], [7.5], [9.5]] },
    ]);
  });

  it('are the same whatever the clock says of the pace', () => {
    const rows = (timesMs: readonly number[]) => windowsOf(task(), numbered(timesMs)).map((w) => w.rows);
    const jittery = everyMs(50, 12).map((ms, i) => ms + ((i * 37) % 45));
    expect(rows(jittery)).toEqual(rows(everyMs(50, 12)));
    expect(rows(everyMs(300, 12))).toEqual(rows(everyMs(50, 12)));
  });

  it('end with their last reading, complete', () => {
    const [first] = closedWindows(eventsOf(new Windower(task()), numbered(everyMs(50, 6))));
    expect(first).toMatchObject({ startUs: START_US, endUs: START_US + 250_000, fill: 1, jitterMs: 0 });
  });

  it('are abandoned by a silence, and begin anew after it', () => {
    const windower = new Windower(task());
    const times = [...everyMs(50, 5), ...everyMs(50, 7).map((ms) => ms + 3000)];
    expect(closedWindows(eventsOf(windower, numbered(times)))).toMatchObject([{ startUs: START_US + 3e6 }]);
    expect(windower.counts.gaps).toBe(2);
  });

  it('are abandoned when the board falls silent', () => {
    const windower = new Windower(task());
    eventsOf(windower, numbered(everyMs(50, 3)));
    expect([...windower.silence()]).toEqual([{ type: 'abandoned', window: 0, reason: 'gap' }]);
  });

  it('count a reading out of order late', () => {
    const windower = new Windower(task());
    eventsOf(windower, numbered([0, 50, 40, 100]));
    expect(windower.counts.late).toBe(1);
  });

  it('live are the windows cut from the recording', () => {
    const times = everyMs(50, 40).map((ms, i) => ms + ((i * 29) % 31));
    const recording = recordingOf(
      ['light.red'],
      times.map((ms, i) => [ms, i + 1]),
    );
    const live = closedWindows(eventsOf(new Windower(task()), numbered(times)));
    expect(live).toHaveLength(9);
    for (const window of live) expect(cutWindow(task(), recording, window.startUs)).toEqual(window);
  });
});

describe('the task of counted windows', () => {
  it('says how many readings a second a board sends', () => {
    expect(() => task({ boardRateHz: undefined })).toThrow('`steps: count` needs a boardRateHz');
  });

  it('hops by readings, and no other does', () => {
    const hopping = { rows: 3, hopMs: 400 };
    expect(() => rateTask({ input: { steps: 'count', boardRateHz: 20 }, window: hopping })).toThrow(
      '`steps: count` takes `hopReadings`',
    );
    expect(() => rateTask({ window: { rows: 3, hopReadings: 4 } })).toThrow(
      '`steps: count` takes `hopReadings`',
    );
  });

  it('does not open more windows at once than memory is set aside for', () => {
    expect(() => rateTask({ window: { rows: 1000, hopMs: 10 } })).toThrow('would be open at once');
  });
});
