import { lastValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { looped, replayReadings } from '../../../agent/sources/replay.ts';
import { every } from '../../../pipeline/load.ts';
import type { Recording } from '../../../protocols/recording.ts';

const START_US = 1_700_000_000_000_000;

/** `rows` samples at 10 Hz whose value is their number. */
const recording = (id: string, rows: number): Recording => ({
  id,
  board: 'wrist-01',
  channels: ['accel.x'],
  rateHz: 10,
  nominalRate: false,
  timesUs: Float64Array.from({ length: rows }, (_, i) => 5_000_000 + i * 100_000),
  values: Float64Array.from({ length: rows }, (_, i) => i),
  labels: [],
});

async function* read(...recordings: Recording[]) {
  yield* recordings;
}

describe('a replay', () => {
  it.each(['max', 1000] as const)('keeps the distances of the recording at speed %s', async (speed) => {
    const readings = await lastValueFrom(
      replayReadings([recording('a', 20)], { speed, startUs: START_US }).pipe(toArray()),
    );
    expect(readings.map(({ timeUs }) => timeUs - START_US)).toEqual(
      Array.from({ length: 20 }, (_, i) => i * 100_000),
    );
    expect(readings[7]).toMatchObject({ board: 'wrist-01', values: { 'accel.x': 7 } });
    expect(Math.abs(readings[7]!.arrivalMs - Date.now())).toBeLessThan(10_000);
  });

  it('begins now when no start is given', async () => {
    const before = Date.now() * 1000;
    const [first] = await lastValueFrom(replayReadings([recording('a', 1)], { speed: 1 }).pipe(toArray()));
    expect(first!.timeUs).toBeGreaterThanOrEqual(before);
    expect(first!.timeUs).toBeLessThanOrEqual(Date.now() * 1000);
  });

  it('plays recordings one after the other, in rising time, again and again', async () => {
    const source = looped(() => read(recording('a', 3), recording('b', 2)));
    const readings = await lastValueFrom(
      replayReadings(source, { speed: 'max', startUs: START_US }).pipe(take(8), toArray()),
    );
    expect(readings.map(({ values }) => values['accel.x'])).toEqual([0, 1, 2, 0, 1, 0, 1, 2]);
    expect(readings.map(({ timeUs }) => (timeUs - START_US) / 1e6)).toEqual([
      0, 0.1, 0.2, 1.2, 1.3, 2.3, 2.4, 2.5,
    ]);
  });

  it('waits for a model that is behind', async () => {
    const load = every(2);
    const seen: number[] = [];
    const played = replayReadings([recording('a', 10)], { speed: 'max', ready: () => load.ready() }).forEach(
      ({ values }) => {
        seen.push(values['accel.x']!);
        load.entered();
      },
    );
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    await settled();
    expect(seen).toEqual([0, 1]);
    load.left();
    await settled();
    expect(seen).toEqual([0, 1, 2]);
    const free = setInterval(() => load.left(), 1);
    await played;
    clearInterval(free);
    expect(seen).toHaveLength(10);
  });

  it('stops when nobody listens any more, even between two samples', async () => {
    let closed = false;
    const source = (async function* () {
      try {
        yield recording('a', 1_000_000);
      } finally {
        closed = true;
      }
    })();
    await lastValueFrom(replayReadings(source, { speed: 1 }).pipe(take(1)));
    await expect.poll(() => closed).toBe(true);
  });

  it('passes on what is wrong with its recordings', async () => {
    const broken = (async function* (): AsyncGenerator<Recording> {
      yield recording('a', 1);
      throw new Error('damaged');
    })();
    await expect(lastValueFrom(replayReadings(broken, { speed: 'max' }))).rejects.toThrow('damaged');
  });
});
