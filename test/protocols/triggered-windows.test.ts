import { describe, expect, it } from 'vitest';
import { Windower } from '../../protocols/windower.ts';
import { at, eventsOf, rateTask, START_US, windowsOf } from './examples.ts';

const trigger = (changes: Record<string, unknown> = {}) =>
  rateTask({
    input: { channels: [{ channel: 'proximity', reduce: 'last' }] },
    window: {
      rows: 4,
      trigger: { channel: 'proximity', below: 100, release: 200, quietMs: 200, preMs: 150, ...changes },
    },
  });

/** One value each 50 ms from time 0. */
const levels = (...values: readonly number[]) => values.map((value, i) => at(i * 50, { proximity: value }));
const quiet = (n: number) => Array<number>(n).fill(255);
const near = (n: number) => Array<number>(n).fill(10);
const startsOf = (task: ReturnType<typeof trigger>, values: readonly number[]) =>
  windowsOf(task, levels(...values)).map(({ startMs }) => startMs);

describe('a triggered window', () => {
  it('opens `preMs` before the reading that crosses the level, with what was seen then', () => {
    const values = [...quiet(6), 50, 40, 30, ...quiet(9)];
    expect(windowsOf(trigger(), levels(...values))).toEqual([
      { startMs: 150, rows: [[255], [50], [30], [255]] },
    ]);
  });

  it('is not opened by idling', () => {
    expect(startsOf(trigger(), [...quiet(10), 150, 101, 100, ...quiet(10)])).toEqual([]);
  });

  it('opens upwards too', () => {
    const loud = trigger({ below: undefined, above: 300, release: 290 });
    expect(startsOf(loud, [...quiet(6), 300, 301, ...quiet(12)])).toEqual([200]);
  });

  it('is one window for one event that stays below the level', () => {
    expect(startsOf(trigger(), [...quiet(6), ...near(20), ...quiet(3)])).toEqual([150]);
  });

  it('is not opened again by a bounce between level and release (hysteresis)', () => {
    const bounce = Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? 50 : 199));
    expect(startsOf(trigger(), [...quiet(6), ...bounce])).toEqual([150]);
  });

  it('is not opened again before it was quiet for long enough', () => {
    const resting = (quietSamples: number) => [
      ...quiet(6),
      ...near(10),
      ...quiet(quietSamples),
      ...near(2),
      ...quiet(12),
    ];
    expect(startsOf(trigger(), resting(4))).toEqual([150]); // quiet for 150 ms only
    expect(startsOf(trigger(), resting(5))).toEqual([150, 900]); // for 200 ms
  });

  it('is not opened while another is open', () => {
    const values = [...quiet(6), 10, ...quiet(2), 10, ...quiet(20)];
    expect(startsOf(trigger({ quietMs: 0 }), values)).toEqual([150]);
  });

  it('is not opened by an event whose beginning was not seen', () => {
    expect(startsOf(trigger(), [...near(4), ...quiet(2), ...near(4), ...quiet(9)])).toEqual([]);
  });

  it('is abandoned by a gap, and the next event opens another', () => {
    const windower = new Windower(trigger({ preMs: 50 }));
    const again = levels(...quiet(6), 10, ...quiet(12)).map((reading) => ({
      ...reading,
      timeUs: reading.timeUs + 5_000_000,
    }));
    const events = eventsOf(windower, [...levels(...quiet(6), 10), ...again]);
    expect(events.filter(({ type }) => type !== 'step')).toMatchObject([
      { type: 'opened', window: 0, startUs: START_US + 250_000 },
      { type: 'abandoned', window: 0, reason: 'gap' },
      { type: 'opened', window: 1, startUs: START_US + 5_250_000 },
      { type: 'closed', window: 1 },
    ]);
  });

  it('knows in its pre-roll also what came out of order', () => {
    const readings = levels(...quiet(6), 50, 40, 30, ...quiet(9));
    const windower = new Windower(trigger());
    [readings[3], readings[4]] = [readings[4]!, readings[3]!];
    expect(windowsOf(trigger(), readings)).toEqual(
      windowsOf(trigger(), levels(...quiet(6), 50, 40, 30, ...quiet(9))),
    );
    eventsOf(windower, readings);
    expect(windower.counts.late).toBe(0);
  });

  it.each([
    ['in one moment', () => 300],
    ['out of order', (i: number) => 300 - (i % 100)],
  ])('keeps so many readings of a flood %s, and counts the rest', (_how, msOf) => {
    const windower = new Windower(trigger());
    const flood = Array.from({ length: 10_000 }, (_, i) => at(i === 0 ? 300 : msOf(i), { proximity: 255 }));
    expect(eventsOf(windower, [...levels(...quiet(6)), ...flood])).toEqual([]);
    expect(windower.counts).toMatchObject({ crowded: 10_000 - 4096 + 4, late: 0 });
  });

  it('counts as late what is older than its pre-roll', () => {
    const windower = new Windower(trigger());
    eventsOf(windower, [...levels(...quiet(6)), at(60, { proximity: 255 })]);
    expect(windower.counts.late).toBe(1);
  });
});
