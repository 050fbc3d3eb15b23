import { describe, expect, it } from 'vitest';
import { cutWindow, Windower } from '../../protocols/windower.ts';
import { at, eventsOf, recordingOf, START_US, snapshotTask, windowsOf } from './examples.ts';

const a = (ms: number, dBm: number) => at(ms, { 'rssi.a': dBm });
const b = (ms: number, dBm: number) => at(ms, { 'rssi.b': dBm });

describe('a snapshot', () => {
  it('holds the latest value of each channel, at the first reading after every hop', () => {
    const readings = [a(0, -50), b(300, -60), a(600, -51), b(1001, -61), a(1500, -52), a(2001, -53)];
    expect(windowsOf(snapshotTask(), readings)).toEqual([
      { startMs: 0, rows: [[-50, Number.NaN]] },
      { startMs: 1001, rows: [[-51, -61]] },
      { startMs: 2001, rows: [[-53, -61]] },
    ]);
  });

  it('counts an old value as missing: marked, or held, as the channel says', () => {
    const start = [a(0, -50), b(10, -60)];
    const onlyB = [...start, b(1500, -61), b(3000, -62), b(4001, -63)];
    expect(windowsOf(snapshotTask(), onlyB).at(-1)!.rows).toEqual([[Number.NaN, -63]]);
    const onlyA = [...start, a(1500, -51), a(3000, -52), a(4001, -53)];
    expect(windowsOf(snapshotTask(), onlyA).at(-1)!.rows).toEqual([[-53, -60]]);
    const events = eventsOf(new Windower(snapshotTask()), onlyA).filter(({ type }) => type === 'closed');
    expect(events.map((event) => 'fill' in event && event.fill)).toEqual([0.5, 1, 1, 0.5]);
  });

  it('keeps each channel’s own newest when sensors overtake each other', () => {
    const inOrder = [a(0, -50), b(900, -60), a(950, -51), a(1000, -52)];
    const overtaken = [a(0, -50), a(950, -51), b(900, -60), a(1000, -52)];
    expect(windowsOf(snapshotTask(), overtaken)).toEqual(windowsOf(snapshotTask(), inOrder));
    expect(
      windowsOf(snapshotTask(), [a(0, -50), a(950, -51), a(900, -99), b(1000, -60)]).at(-1)!.rows,
    ).toEqual([[-51, -60]]);
  });

  it('is final: a reading from before it is counted late', () => {
    const windower = new Windower(snapshotTask());
    eventsOf(windower, [a(0, -50), a(1000, -51), b(990, -60)]);
    expect(windower.counts.late).toBe(1);
  });

  it('is not stopped by one reading from the future', () => {
    const good = Array.from({ length: 40 }, (_, i) => a(i * 200, -50 - i));
    const bad = [...good.slice(0, 10), a(9e9, -1), ...good.slice(10)];
    expect(windowsOf(snapshotTask(), bad)).toEqual(windowsOf(snapshotTask(), good));
  });

  it('forgets what was before the clock went back', () => {
    const back = [b(0, -60), a(10, -50), ...[-9000, -8900, -8800].map((ms) => a(ms, -70))];
    expect(windowsOf(snapshotTask(), back).at(-1)).toEqual({ startMs: -9000, rows: [[-70, Number.NaN]] });
  });

  it('can be cut from a recording at any time', () => {
    const recording = recordingOf(
      ['rssi.a', 'rssi.b'],
      [
        [0, -50, Number.NaN],
        [500, Number.NaN, -60],
        [900, -51, Number.NaN],
      ],
    );
    const rowsAt = (ms: number) =>
      cutWindow(snapshotTask(), recording, START_US + ms * 1000)!.rows.map((row) => [...row]);
    expect(rowsAt(899)).toEqual([[-50, -60]]);
    expect(rowsAt(900)).toEqual([[-51, -60]]);
  });
});
