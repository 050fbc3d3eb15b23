import { beforeAll, describe, expect, it } from 'vitest';
import { DEMO_SETS, demoRecordings } from '../../agent/demo/sets.ts';
import { demoStream, paced, play } from '../../firmware-bridge/virtual-board.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import { type Recording, readingAt } from '../../protocols/recording.ts';

const START_US = 1_700_000_000_000_000;
const FIVE_MINUTES_MS = 300_000;
const stream = (recordings: readonly Recording[], seed: number, task: keyof typeof DEMO_SETS = 'gesture') =>
  demoStream(recordings, {
    seed,
    startUs: START_US,
    durationMs: FIVE_MINUTES_MS,
    style: DEMO_SETS[task].style,
  });

describe('the gesture stream', () => {
  let recordings: Recording[];
  beforeAll(async () => {
    recordings = await demoRecordings('gesture');
  });

  it('plays rows of the test split only, at a rate said to be nominal', () => {
    expect(recordings).toHaveLength(90);
    for (const { id, split, nominalRate } of recordings) {
      expect([id.startsWith('gesture-test-'), split, nominalRate]).toEqual([true, 'test', true]);
    }
  });

  it('is one unbroken line of samples at the nominal rate', () => {
    const { readings } = stream(recordings, 1);
    expect(readings).toHaveLength(FIVE_MINUTES_MS / 40);
    for (const [i, reading] of readings.entries()) {
      expect([reading.timeUs, reading.seq]).toEqual([START_US + i * 40_000, i]);
    }
  });

  it('plays each row unchanged where the truth says so', () => {
    const byId = new Map(recordings.map((recording) => [recording.id, recording]));
    const { readings, truth } = stream(recordings, 2);
    expect(truth.length).toBeGreaterThan(50);
    for (const { id, label, startUs, endUs } of truth.slice(0, -1)) {
      const recording = byId.get(id)!;
      const played = readings.filter(({ timeUs }) => timeUs >= startUs && timeUs < endUs);
      expect(label).toBe(recording.labels[0]!.label);
      expect(played.map(({ values }) => values)).toEqual(
        Array.from(recording.timesUs, (_, i) => readingAt(recording, i).values),
      );
    }
  });

  it('plays every row before any comes again', () => {
    const ids: string[] = [];
    for (const { truth } of play(recordings, { seed: 3, startUs: 0, style: DEMO_SETS.gesture.style })) {
      if (truth) ids.push(truth.id);
      if (ids.length === 2 * recordings.length) break;
    }
    const all = recordings.map(({ id }) => id).sort();
    expect(ids.slice(0, all.length).sort()).toEqual(all);
    expect(ids.slice(all.length).sort()).toEqual(all);
    expect(ids.slice(0, all.length)).not.toEqual(ids.slice(all.length));
  });

  it('rests between rows for 1.5 to 4 s on quiet samples of the rows beside, and on nothing else', () => {
    const byId = new Map(recordings.map((recording) => [recording.id, recording]));
    const { readings, truth } = stream(recordings, 4);
    const lengthsS = new Set<number>();
    for (const [i, after] of truth.entries()) {
      const before = truth[i - 1];
      const fromUs = before?.endUs ?? START_US;
      const idle = readings.filter(({ timeUs }) => timeUs >= fromUs && timeUs < after.startUs);
      lengthsS.add(idle.length / 25);
      expect(idle.length / 25).toBeGreaterThanOrEqual(1.48);
      expect(idle.length / 25).toBeLessThanOrEqual(4.02);

      const real = new Set([before, after].flatMap((span) => (span ? samplesOf(byId.get(span.id)!) : [])));
      for (const { values } of idle) {
        expect(values.proximity).toBeGreaterThanOrEqual(250);
        expect(real).toContain(JSON.stringify(values));
      }
    }
    expect(lengthsS.size).toBeGreaterThan(20);
  });

  it('is the same for the same seed, and another for another', () => {
    expect(stream(recordings, 5)).toEqual(stream(recordings, 5));
    expect(stream(recordings, 5).truth).not.toEqual(stream(recordings, 6).truth);
  });
});

describe('the local stream', () => {
  it('holds each row for some seconds, one reading a second', async () => {
    const recordings = await demoRecordings('local');
    const { readings, truth } = stream(recordings, 1, 'local');
    expect(readings).toHaveLength(300);
    for (const [i, { startUs, endUs }] of truth.entries()) {
      expect(startUs).toBe(truth[i - 1]?.endUs ?? START_US);
      expect((endUs - startUs) / 1e6).toBeGreaterThanOrEqual(6);
      expect((endUs - startUs) / 1e6).toBeLessThanOrEqual(10);
      const held = readings.filter(({ timeUs }) => timeUs >= startUs && timeUs < endUs);
      expect(new Set(held.map(({ values }) => JSON.stringify(values))).size).toBe(1);
    }
  });
});

describe('a paced board', () => {
  const readings: SensorReading[] = Array.from({ length: 20 }, (_, i) => ({
    board: 'desk-01',
    timeUs: START_US + i * 40_000,
    arrivalMs: 0,
    values: { proximity: 254 },
  }));

  it('lets no reading out before its time', async () => {
    const begun = performance.now();
    let count = 0;
    for await (const { timeUs } of paced(readings, { speed: 8, signal: new AbortController().signal })) {
      // Timers of Node may fire up to a millisecond early.
      expect(performance.now() - begun).toBeGreaterThanOrEqual((timeUs - START_US) / 8000 - 1.5);
      count++;
    }
    expect(count).toBe(readings.length);
  });

  it('ends at once when it is told to stop', async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const { timeUs } of paced(readings, { speed: 0.001, signal: stop.signal })) {
      seen.push(timeUs);
      setImmediate(() => stop.abort());
    }
    expect(seen).toEqual([START_US]);
  });
});

function samplesOf(recording: Recording): string[] {
  return Array.from(recording.timesUs, (_, i) => JSON.stringify(readingAt(recording, i).values));
}
