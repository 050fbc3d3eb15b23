import { describe, expect, it } from 'vitest';
import { EventTime } from '../../protocols/event-time.ts';
import { at, START_US } from './examples.ts';

const MAX_GAP_US = 1_000_000;

/** Times in ms, in the order in which they are believed; `restart` where the clock went back. */
function believed(arrivals: readonly number[], time = new EventTime(MAX_GAP_US)): (number | 'restart')[] {
  return arrivals.flatMap((ms) => {
    const { readings, restarted } = time.admit(at(ms, {}));
    const times = readings.map(({ timeUs }) => (timeUs - START_US) / 1000);
    return restarted ? ['restart' as const, ...times] : times;
  });
}

const YEAR_MS = 365 * 24 * 3600 * 1000;

describe('event time', () => {
  it('lets readings pass that follow each other, a little disorder included', () => {
    expect(believed([0, 300, 200, 1200, 1100])).toEqual([0, 300, 200, 1200, 1100]);
  });

  it.each([YEAR_MS, -YEAR_MS, 1001])('is not moved by one timestamp that is %d ms off', (offMs) => {
    const time = new EventTime(MAX_GAP_US);
    expect(believed([0, 100, 100 + offMs, 200, 300], time)).toEqual([0, 100, 200, 300]);
    expect(time.outliers).toBe(1);
    expect(time.restarts).toBe(0);
  });

  it('is not moved by bad timestamps again and again', () => {
    const time = new EventTime(MAX_GAP_US);
    const arrivals = Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? i * 100 : YEAR_MS + i * 100));
    expect(believed(arrivals, time)).toEqual(arrivals.filter((ms) => ms < YEAR_MS));
    expect(time.outliers).toBe(18);
  });

  it('goes on after a silence, and loses nothing of what came after it', () => {
    const time = new EventTime(MAX_GAP_US);
    expect(believed([0, 100, 5000, 5100, 5050, 5200], time)).toEqual([0, 100, 5000, 5100, 5050, 5200]);
    expect(time.outliers).toBe(0);
  });

  it('loses no reading that stands alone between two silences', () => {
    const time = new EventTime(MAX_GAP_US);
    expect(believed([0, 100, 3000, 6000, 6100, 6200], time)).toEqual([0, 100, 3000, 6000, 6100, 6200]);
    expect(time.outliers).toBe(0);
  });

  it('recovers when the very first timestamp was wrong', () => {
    const time = new EventTime(MAX_GAP_US);
    expect(believed([YEAR_MS, 0, 100, 200, 300], time)).toEqual([YEAR_MS, 'restart', 0, 100, 200, 300]);
  });

  it('starts again when the clock goes back for good', () => {
    const time = new EventTime(MAX_GAP_US);
    expect(believed([0, 100, -9000, -8900, -8800, -8700], time)).toEqual([
      0,
      100,
      'restart',
      -9000,
      -8900,
      -8800,
      -8700,
    ]);
    expect(time.restarts).toBe(1);
    expect(time.outliers).toBe(0);
  });

  it('gives up at the end what fits nothing, and keeps what lies ahead', () => {
    const ahead = new EventTime(MAX_GAP_US);
    believed([0, 3000, 3100], ahead);
    expect(ahead.end().map(({ timeUs }) => timeUs - START_US)).toEqual([3_000_000, 3_100_000]);
    expect(ahead.outliers).toBe(0);
    const behind = new EventTime(MAX_GAP_US);
    believed([0, -3000], behind);
    expect(behind.end()).toEqual([]);
    expect(behind.outliers).toBe(1);
  });
});
