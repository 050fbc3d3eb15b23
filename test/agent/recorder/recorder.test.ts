import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Keys, type Wish } from '../../../agent/recorder/keyboard.ts';
import { Recorder } from '../../../agent/recorder/recorder.ts';
import { recordSession } from '../../../agent/recorder/session.ts';
import { summaryOf } from '../../../agent/recorder/summary.ts';
import type { SensorReading } from '../../../protocols/reading.ts';
import { type Recording, readRecordings } from '../../../protocols/recording.ts';
import { temporaryFolder } from '../rig.ts';

const EPOCH_MS = Date.UTC(2026, 6, 1);

/** A reading of a board whose clock is an hour behind, 5 ms on its way. */
const reading = (ms: number, values: Record<string, number>, board = 'wrist'): SensorReading => ({
  board,
  timeUs: (EPOCH_MS + ms - 3_600_000) * 1000,
  arrivalMs: EPOCH_MS + ms + 5,
  values,
});

/** A recorder with a clock of the test's. */
function recorderAt(session = 'anna') {
  let now = 0;
  const at = (ms: number) => {
    now = ms;
  };
  return { at, recorder: new Recorder({ session, group: 'anna', nowMs: () => EPOCH_MS + now }) };
}

describe('a recorder', () => {
  it('keeps what was measured and what was going on, on the clock of the board', () => {
    const { recorder, at } = recorderAt();
    recorder.setLabel('rest');
    for (let ms = 0; ms < 1000; ms += 20) {
      if (ms === 500) {
        at(505);
        recorder.setLabel('swim');
      }
      recorder.add(reading(ms, { 'accel.x': ms }));
    }
    at(985);
    const [recording] = recorder.recordings();
    expect(recording).toMatchObject({
      id: 'anna-wrist',
      board: 'wrist',
      group: 'anna',
      channels: ['accel.x'],
      rateHz: 50,
      nominalRate: false,
    });
    expect([...recording!.timesUs.subarray(0, 3)]).toEqual([0, 20_000, 40_000]);
    expect(recording!.labels).toEqual([
      { label: 'rest', startUs: 0, endUs: 500_000 },
      { label: 'swim', startUs: 500_000, endUs: 980_000 },
    ]);
    expect(summaryOf(recording!)).toMatchObject({ readings: 50, labels: { rest: 0.5, swim: 0.48 } });
  });

  it('makes one row of what was measured at one moment, and puts late readings in their place', () => {
    const { recorder, at } = recorderAt();
    recorder.add(reading(0, { 'rssi.a': -40 }));
    recorder.add(reading(0, { 'rssi.b': -50 }));
    recorder.add(reading(200, { 'rssi.a': -42 }));
    recorder.add(reading(100, { 'rssi.b': -51 }));
    at(200);
    const [{ channels, timesUs, values }] = recorder.recordings() as [Recording];
    expect(channels).toEqual(['rssi.a', 'rssi.b']);
    expect([...timesUs]).toEqual([0, 100_000, 200_000]);
    expect([...values]).toEqual([-40, -50, Number.NaN, -51, -42, Number.NaN]);
  });

  it('begins another recording when the board starts anew, and one for each board', () => {
    const { recorder, at } = recorderAt();
    recorder.setLabel('walk');
    recorder.add(reading(60_000, { proximity: 1 }));
    recorder.add(reading(60_100, { proximity: 1 }));
    recorder.add({ ...reading(0, { proximity: 2 }), arrivalMs: EPOCH_MS + 60_200 });
    recorder.add(reading(60_000, { proximity: 3 }, 'desk'));
    at(61_000);
    const ids = recorder.recordings().map(({ id, labels }) => `${id} ${labels[0]?.label}`);
    expect(ids).toEqual(['anna-wrist-1 walk', 'anna-wrist-2 walk', 'anna-desk-3 walk']);
  });
});

describe('a session', () => {
  async function session(forMs?: number) {
    const path = join(await temporaryFolder(), 'anna.jsonl.gz');
    const recorder = new Recorder({ session: 'anna' });
    const [readings$, wishes$, stop] = [
      new Subject<SensorReading>(),
      new Subject<Wish>(),
      new AbortController(),
    ];
    const done = recordSession({ readings$, wishes$, recorder, path, forMs, signal: stop.signal });
    let sent = 0;
    const send = () => {
      const timeUs = 1e15 + 100_000 * sent++;
      readings$.next({ board: 'desk', timeUs, arrivalMs: Date.now(), values: { proximity: 1 } });
    };
    const read = async () => {
      const found: Recording[] = [];
      for await (const recording of readRecordings(path)) found.push(recording);
      return found;
    };
    return { path, done, send, read, wishes$, stop };
  }

  it('ends with the key, with whole recordings in the file', async () => {
    const { done, send, read, wishes$ } = await session();
    wishes$.next({ kind: 'label', label: 'Tap' });
    send();
    send();
    wishes$.next({ kind: 'end' });
    const recordings = await done;
    expect(await read()).toEqual(recordings);
    expect(recordings[0]!.labels).toMatchObject([{ label: 'Tap', startUs: 0 }]);
  });

  it('ends with Ctrl-C, and with the time', async () => {
    const interrupted = await session();
    interrupted.send();
    interrupted.stop.abort();
    expect(await interrupted.done).toHaveLength(1);
    expect(await interrupted.read()).toHaveLength(1);

    const timed = await session(50);
    timed.send();
    expect(await timed.done).toHaveLength(1);
  });

  it('leaves no file when nothing came', async () => {
    const { done, path, stop } = await session();
    stop.abort();
    expect(await done).toEqual([]);
    expect(existsSync(path)).toBe(false);
  });
});

it('has a key for each label', () => {
  const keys = new Keys(['Tap', 'Hold']);
  expect(keys.legend).toBe('1 Tap  2 Hold  space none  q end');
  expect([...'12 0qx\x03'].map((key) => keys.wish(key))).toEqual([
    { kind: 'label', label: 'Tap' },
    { kind: 'label', label: 'Hold' },
    { kind: 'label', label: undefined },
    { kind: 'label', label: undefined },
    { kind: 'end' },
    undefined,
    { kind: 'end' },
  ]);
});
