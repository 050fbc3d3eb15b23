import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import { RandomStream } from '../../model/random.ts';
import { promptTokens } from '../../protocols/prompt.ts';
import { parseReadings, type SensorReading } from '../../protocols/reading.ts';
import { type Recording, readingsOf } from '../../protocols/recording.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import { promptWriter } from '../../protocols/templates.ts';
import type { SensorWindow } from '../../protocols/window.ts';
import { cutWindow, Windower } from '../../protocols/windower.ts';
import { requireData } from '../tools.ts';
import { closedWindows, eventsOf, fitted, rateTask, recordingOf, snapshotTask } from './examples.ts';

/*
 * The unit of identity: for any recording and start, the window cut for training and the
 * live window opened there are the same, row by row and bit by bit, and so are their prompt tokens, whatever
 * the chunks in which the readings came.
 */

const channel = (random: RandomStream, name: string) => ({
  channel: name,
  reduce: pick(random, ['mean', 'last', 'max']),
  missing: pick(random, ['hold', 'interpolate', 'mark']),
});

const held = (random: RandomStream, name: string) => ({
  ...channel(random, name),
  missing: pick(random, ['hold', 'mark']),
});

/** Each kind of task, with odd rates, hops that overlap or leave holes, and all reducers. */
const TASKS: Readonly<Record<string, (random: RandomStream) => TaskSpec>> = {
  hopping: (random) =>
    rateTask({
      input: {
        rateHz: pick(random, [3, 7, 10, 29.7]),
        ...pick(random, [{}, { boardRateHz: 10 }, { boardRateHz: 30 }]),
        maxGapMs: pick(random, [120, 400, 1000]),
        channels: [channel(random, 'light.red'), channel(random, 'proximity')],
      },
      window: { rows: integer(random, 1, 12), hopMs: pick(random, [150, 333.3333, 400, 1700]) },
    }),
  triggered: (random) =>
    rateTask({
      input: {
        rateHz: pick(random, [5, 10, 16]),
        ...pick(random, [{}, { boardRateHz: 16 }, { boardRateHz: 40 }]),
        maxGapMs: pick(random, [250, 600, 1500]),
        channels: [channel(random, 'light.red'), channel(random, 'proximity')],
      },
      window: {
        rows: integer(random, 8, 16),
        trigger: {
          channel: 'light.red',
          below: 150,
          release: pick(random, [150, 200]),
          quietMs: pick(random, [0, 180]),
          preMs: pick(random, [0, 333.3333, 450]),
        },
      },
    }),
  counted: (random) =>
    rateTask({
      input: {
        steps: 'count',
        rateHz: 10,
        boardRateHz: pick(random, [10, 20, 50]),
        maxGapMs: pick(random, [500, 1500]),
        channels: [channel(random, 'light.red'), channel(random, 'proximity')],
      },
      window: { rows: integer(random, 1, 8), hopReadings: integer(random, 1, 40) },
    }),
  'motion-triggered': (random) =>
    rateTask({
      input: {
        rateHz: pick(random, [5, 10, 16]),
        maxGapMs: pick(random, [600, 1500]),
        channels: [channel(random, 'light.red'), channel(random, 'proximity')],
      },
      window: {
        rows: integer(random, 8, 16),
        trigger: {
          kind: 'energy',
          channels: pick(random, [['light.red'], ['light.red', 'proximity']]),
          shortMs: 100,
          longMs: pick(random, [400, 1000]),
          ratio: pick(random, [1.2, 1.5]),
          release: 1.1,
          noise: 1,
          preMs: pick(random, [0, 333.3333, 450]),
        },
      },
    }),
  snapshot: (random) =>
    snapshotTask({
      input: {
        maxAgeMs: pick(random, [200, 700]),
        channels: [held(random, 'light.red'), held(random, 'proximity')],
      },
      window: { rows: 1, hopMs: pick(random, [90, 333.3333, 1000]) },
    }),
};

describe.each(Object.entries(TASKS))('a %s window', (_kind, makeTask) => {
  it('is the same live, in any chunks, and cut from the recording', () => {
    let compared = 0;
    for (let seed = 0; seed < 100; seed++) {
      const random = RandomStream.seeded(seed);
      const task = makeTask(random);
      const recording = randomRecording(random);
      const live = liveWindows(task, readingsOf(recording));
      for (const window of live) {
        expectSame(window, cutWindow(task, recording, window.startUs), `seed ${seed}`);
        compared++;
      }
      const chunked = liveWindows(task, throughPayloads(recording, random));
      expect(chunked.length, `seed ${seed}`).toBe(live.length);
      for (const [i, window] of chunked.entries()) expectSame(window, live[i], `seed ${seed}, chunked`);
      expectSamePrompts(task, recording, live);
    }
    expect(compared).toBeGreaterThan(200);
  });
});

it('holds on a stream of real gestures', (test) => {
  const file = join(requireData('gesture', test), 'test.jsonl.gz');
  const recording = joined(gunzipSync(readFileSync(file)).toString().trimEnd().split('\n').slice(0, 40));
  const channels = recording.channels.map((name) => ({ channel: name }));
  const tasks = [
    rateTask({ input: { rateHz: 5, maxGapMs: 1000, channels }, window: { rows: 25, hopMs: 700 } }),
    rateTask({
      input: { rateHz: 10, maxGapMs: 1000, channels },
      window: {
        rows: 40,
        trigger: { channel: 'proximity', below: 230, release: 240, quietMs: 300, preMs: 2000 },
      },
    }),
  ];
  for (const task of tasks) {
    const live = liveWindows(task, throughPayloads(recording, RandomStream.seeded(1)));
    expect(live.length).toBeGreaterThan(15);
    for (const window of live) expectSame(window, cutWindow(task, recording, window.startUs), 'gesture');
    expectSamePrompts(task, recording, live);
  }
});

function liveWindows(task: TaskSpec, readings: Iterable<SensorReading>): SensorWindow[] {
  const windower = new Windower(task);
  return closedWindows([...eventsOf(windower, readings), ...windower.end()]);
}

/** `Object.is` row by row: NaN equals NaN, and nothing else equals but the same bits. */
function expectSame(live: SensorWindow, other: SensorWindow | undefined, where: string): void {
  const plain = (window: SensorWindow | undefined) =>
    window && { ...window, rows: window.rows.map((row) => [...row]) };
  expect(plain(other), where).toStrictEqual(plain(live));
}

/** Tokens written while the rows arrive, from a fresh cut, and by the BPE from the text. */
function expectSamePrompts(task: TaskSpec, recording: Recording, live: readonly SensorWindow[]): void {
  const tokenizer = gpt2Tokenizer();
  const writer = promptWriter(fitted(task), tokenizer);
  for (const { startUs, rows } of live) {
    const tokens = promptTokens(writer, rows);
    expect(promptTokens(writer, cutWindow(task, recording, startUs)!.rows)).toEqual(tokens);
    expect(tokenizer.encode(writer.text(rows))).toEqual([...writer.prefix, ...tokens]);
  }
}

/** A jittering clock, channels that skip, rows with nothing in them, and silences of every length. */
function randomRecording(random: RandomStream): Recording {
  const meanStepMs = pick(random, [20, 60, 150]);
  const rows: [number, number, number][] = [];
  let ms = 0;
  let level = 250;
  for (let i = 0; i < 160; i++) {
    const silence = random.uniform();
    ms +=
      silence < 0.03 ? 2000 * random.uniform() : silence < 0.1 ? 450 : meanStepMs * (0.2 + random.uniform());
    level = Math.min(400, Math.max(0, level + 60 * random.normal()));
    rows.push([
      ms,
      random.uniform() < 0.1 ? Number.NaN : level,
      random.uniform() < 0.3 ? Number.NaN : integer(random, 0, 255),
    ]);
  }
  return recordingOf(['light.red', 'proximity'], rows);
}

/** The recording as payloads of one board: single readings, batches, and arrays of readings, cut anywhere. */
function* throughPayloads(recording: Recording, random: RandomStream): Generator<SensorReading> {
  const { board, channels, timesUs, values } = recording;
  const single = (i: number) => ({
    t: timesUs[i]!,
    v: Object.fromEntries(channels.map((name, c) => [name, orNull(values[i * channels.length + c]!)])),
  });
  for (let i = 0; i < timesUs.length; ) {
    const n = Math.min(integer(random, 1, 9), timesUs.length - i);
    const indices = Array.from({ length: n }, (_, k) => i + k);
    const payload =
      n === 1 && random.uniform() < 0.5
        ? single(i)
        : n === 1
          ? { t0: timesUs[i]!, rateHz: 10, channels, rows: [Object.values(single(i).v)] }
          : indices.map(single);
    const bytes = new TextEncoder().encode(JSON.stringify(payload));
    yield* parseReadings(board, bytes, timesUs[i + n - 1]! / 1000).readings;
    i += n;
  }
}

/** Rows of the gesture set one after the other at a nominal 10 Hz, with a second of silence after every eighth. */
function joined(lines: readonly string[]): Recording {
  const rows: [number, ...number[]][] = [];
  let ms = 0;
  for (const [k, line] of lines.entries()) {
    const { channels } = JSON.parse(line) as { channels: Record<string, number[]> };
    for (let i = 0; i < channels.proximity!.length; i++) {
      rows.push([ms, ...['proximity', 'red', 'green', 'blue'].map((name) => channels[name]![i]!)]);
      ms += 100;
    }
    if (k % 8 === 7) ms += 1100;
  }
  return recordingOf(['proximity', 'light.red', 'light.green', 'light.blue'], rows);
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

function integer(random: RandomStream, low: number, high: number): number {
  return low + Math.floor(random.uniform() * (high - low + 1));
}

function pick<T>(random: RandomStream, values: readonly T[]): T {
  return values[integer(random, 0, values.length - 1)]!;
}
