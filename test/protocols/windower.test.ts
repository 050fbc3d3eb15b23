import { describe, expect, it } from 'vitest';
import { cutWindow, Windower } from '../../protocols/windower.ts';
import { at, eventsOf, rateTask, recordingOf, START_US, windowsOf } from './examples.ts';

const red = (changes: Record<string, unknown> = {}) => [{ channel: 'light.red', ...changes }];

/** Bins of 100 ms, four to a window, one channel. */
const task = (changes: Record<string, unknown> = {}, window?: Record<string, unknown>) =>
  rateTask({ input: { channels: red(changes) }, ...(window && { window }) });

const sample = (ms: number, value: number) => at(ms, { 'light.red': value });

/** One sample each 50 ms from `fromMs` to before `toMs`, whose value is its time. */
const ramp = (fromMs: number, toMs: number) =>
  Array.from({ length: Math.ceil((toMs - fromMs) / 50) }, (_, i) => sample(fromMs + i * 50, fromMs + i * 50));

describe('the bins of a window', () => {
  it('are half open: a sample on the edge belongs to the later one', () => {
    const [window] = windowsOf(task({ reduce: 'max' }), [
      sample(0, 1),
      sample(99.999, 2),
      sample(100, 3),
      sample(250, 4),
      sample(300, 5),
      sample(400, 9),
    ]);
    expect(window).toEqual({ startMs: 0, rows: [[2], [3], [4], [5]] });
  });

  it.each([
    ['mean', [2.5, 7]],
    ['last', [3, 7]],
    ['max', [4, 7]],
  ])('are reduced by %s', (reduce, expected) => {
    const readings = [
      sample(0, 1),
      sample(20, 2),
      sample(40, 4),
      sample(60, 3),
      sample(150, 7),
      sample(200, 0),
    ];
    expect(windowsOf(task({ reduce }, { rows: 2, hopMs: 1000 }), readings)[0]!.rows.flat()).toEqual(expected);
  });

  it.each([
    ['hold', [1, 1, 5, 5]],
    ['mark', [1, Number.NaN, 5, Number.NaN]],
  ])('without a sample follow the rule %s', (missing, expected) => {
    const readings = [sample(0, 1), sample(210, 5), sample(410, 0)];
    expect(windowsOf(task({ missing }), readings)[0]!.rows.flat()).toEqual(expected);
  });

  it('hold what was seen before the window', () => {
    const windows = windowsOf(task(), [...ramp(0, 400), sample(590, 8), sample(810, 0)]);
    expect(windows[1]!.rows.flat()).toEqual([350, 8, 8, 8]);
  });

  it('are exact far from the epoch, at a rate that does not divide a second', () => {
    const odd = rateTask({
      input: { rateHz: 30, channels: red() },
      window: { rows: 300, hopMs: 20_000 },
    });
    const readings = Array.from({ length: 400 }, (_, i) => ({
      ...sample(0, i),
      timeUs: START_US + i * 33_333,
    }));
    expect(windowsOf(odd, readings)[0]!.rows.flat()).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  it('count how many hold a sample', () => {
    const windower = new Windower(task());
    const closed = eventsOf(windower, [sample(0, 1), sample(210, 5), sample(410, 0)]).find(
      ({ type }) => type === 'closed',
    );
    expect(closed).toMatchObject({
      startUs: START_US,
      endUs: START_US + 400_000,
      rows: 4,
      fill: 0.5,
      arrivalMs: START_US / 1000 + 410,
    });
  });
});

describe('readings out of order', () => {
  it('count while their bin is open', () => {
    const readings = [sample(0, 0), sample(150, 10), sample(110, 20), sample(230, 0), sample(410, 0)];
    expect(windowsOf(task(), readings)[0]!.rows.flat()).toEqual([0, 15, 0, 0]);
    expect(windowsOf(task({ reduce: 'last' }), readings)[0]!.rows[1]).toEqual([10]);
  });

  it('are counted late after that, and change nothing', () => {
    const windower = new Windower(task());
    const events = eventsOf(windower, [sample(0, 1), sample(210, 2), sample(90, 99), sample(410, 0)]);
    expect(events.filter(({ type }) => type === 'step').map((e) => 'row' in e && e.row[0])).toEqual([
      1, 1, 2, 2,
    ]);
    expect(windower.counts).toEqual({
      late: 1,
      outliers: 0,
      gaps: 0,
      restarts: 0,
      duplicates: 0,
      crowded: 0,
    });
  });
});

describe('rows', () => {
  it('are given out as soon as they are final, and not before', () => {
    const windower = new Windower(task());
    const steps = (ms: number) =>
      [...windower.add(sample(ms, ms))].filter(({ type }) => type === 'step').length;
    expect([0, 50, 99, 100, 199.999, 200, 399, 399.999, 400].map(steps)).toEqual([0, 0, 0, 1, 0, 1, 1, 0, 1]);
  });

  it('of a window that is never full are never a window', () => {
    const windower = new Windower(task());
    const events = [...eventsOf(windower, ramp(0, 700)), ...windower.end()];
    expect(events.filter(({ type }) => type === 'closed')).toHaveLength(1);
    expect(events.at(-1)).toEqual({ type: 'abandoned', window: 1, reason: 'end' });
  });

  it('are final at the end of a recording when their time is over', () => {
    const windower = new Windower(task());
    eventsOf(windower, ramp(0, 400));
    expect([...windower.end()].at(-1)).toMatchObject({ type: 'closed', window: 0 });
  });
});

describe('a gap', () => {
  it('abandons the window, and a new one opens after it', () => {
    const windower = new Windower(task());
    const events = eventsOf(windower, [...ramp(0, 100), ...ramp(1030, 1500)]);
    expect(events.filter(({ type }) => type !== 'step')).toMatchObject([
      { type: 'opened', window: 0, startUs: START_US },
      { type: 'abandoned', window: 0, reason: 'gap' },
      { type: 'opened', window: 1, startUs: START_US + 1_030_000 },
      { type: 'closed', window: 1 },
      { type: 'opened', window: 2, startUs: START_US + 1_430_000 },
    ]);
    expect(windower.counts.gaps).toBe(1);
  });

  it('as short as allowed does not, be it at the end of the window', () => {
    expect(windowsOf(task(), [sample(0, 1), sample(240, 2), sample(410, 0)])).toHaveLength(1);
    expect(windowsOf(task(), [...ramp(0, 200), ...ramp(5000, 5200)])).toEqual([
      { startMs: 0, rows: [[25], [125], [125], [125]] },
    ]);
  });

  it('is not held across: what was before it is unknown after it', () => {
    const both = rateTask({ input: { channels: [{ channel: 'light.red' }, { channel: 'proximity' }] } });
    const later = [3000, 3100, 3200, 3300, 3400].map((ms) => at(ms, { proximity: 7 }));
    const windows = windowsOf(both, [at(0, { 'light.red': 5, proximity: 1 }), ...later]);
    expect(windows).toEqual([{ startMs: 3000, rows: Array(4).fill([Number.NaN, 7]) }]);
  });

  it('makes no window of a recording either', () => {
    const recording = recordingOf(
      ['light.red'],
      [
        [0, 1],
        [410, 3],
      ],
    );
    expect(cutWindow(task(), recording, START_US)).toBeUndefined();
    expect(
      cutWindow(rateTask({ input: { maxGapMs: 300, channels: red() } }), recording, START_US),
    ).toBeDefined();
  });
});

describe('a bad timestamp', () => {
  it.each([3_600_000, -3_600_000])('%d ms off does not cost one window', (offMs) => {
    const good = ramp(0, 2000);
    const bad = [...good.slice(0, 9), sample(450 + offMs, 99), ...good.slice(9)];
    expect(windowsOf(task(), bad)).toEqual(windowsOf(task(), good));
  });

  it('at the very start does not stop the stream', () => {
    const windower = new Windower(task());
    const events = eventsOf(windower, [sample(3_600_000, 9), ...ramp(0, 900)]);
    expect(events.filter(({ type }) => type === 'closed')).toHaveLength(2);
    expect(windower.counts.restarts).toBe(1);
  });
});

it('takes a batch that a broker delivers twice for what it is', () => {
  const stream = ramp(0, 2000);
  const again = stream.slice(0, 12);
  const windower = new Windower(task());
  const events = eventsOf(windower, [...stream.slice(0, 30), ...again, ...stream.slice(30)]);
  expect(events.filter(({ type }) => type === 'closed')).toEqual(
    eventsOf(new Windower(task()), stream).filter(({ type }) => type === 'closed'),
  );
  expect(windower.counts).toMatchObject({ restarts: 0, outliers: again.length });
});

it('starts anew when the clock goes back for good', () => {
  const windower = new Windower(task());
  const events = eventsOf(windower, [...ramp(0, 500), ...ramp(-9000, -8100)]);
  expect(
    events.filter(({ type }) => type === 'closed').map((e) => 'startUs' in e && e.startUs - START_US),
  ).toEqual([0, -9_000_000, -8_600_000]);
  expect(windower.counts).toMatchObject({ restarts: 1, late: 0, outliers: 0 });
});

describe('hopping windows', () => {
  it('overlap when the hop is shorter than the window', () => {
    const windows = windowsOf(task({}, { rows: 4, hopMs: 100 }), ramp(0, 700));
    expect(windows.map(({ startMs }) => startMs)).toEqual([0, 100, 200]);
    expect(windows[1]!.rows.flat()).toEqual([125, 225, 325, 425]);
  });

  it('leave out what lies between them when the hop is longer', () => {
    const windows = windowsOf(task({}, { rows: 2, hopMs: 500 }), ramp(0, 1300));
    expect(windows.map(({ startMs }) => startMs)).toEqual([0, 500, 1000]);
  });

  it('start on whole microseconds', () => {
    const windower = new Windower(task({}, { rows: 2, hopMs: 100 / 3 }));
    for (const event of eventsOf(windower, ramp(0, 1000))) {
      if (event.type === 'opened') expect(Number.isInteger(event.startUs)).toBe(true);
    }
  });
});

it('is moved only by readings that concern its task', () => {
  const others = [at(20, { proximity: 1 }), at(900, { 'accel.x': 3 }), at(905, {}), at(910, {})];
  const readings = ramp(0, 900);
  const mixed = [...readings, ...others].sort((a, b) => a.timeUs - b.timeUs);
  expect(windowsOf(task(), mixed)).toEqual(windowsOf(task(), readings));
});
