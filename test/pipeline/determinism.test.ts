import { join } from 'node:path';
import { from, lastValueFrom, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replayRecording } from '../../agent/replay.ts';
import { PayloadReader } from '../../firmware-bridge/payload-reader.ts';
import { PortDecoder } from '../../firmware-bridge/port-decoder.ts';
import { RandomStream } from '../../model/random.ts';
import { every } from '../../pipeline/load.ts';
import { Meter } from '../../pipeline/meter.ts';
import { type BoardPrediction, predictions } from '../../pipeline/predictions.ts';
import { loadBrain, type TinyBrain } from '../../pipeline/tiny-brain.ts';
import { FrameEncoder, onWire } from '../../protocols/frames.ts';
import type { Prediction } from '../../protocols/prediction.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import { type Recording, readingsOf, readRecordings } from '../../protocols/recording.ts';
import { START_US } from '../protocols/examples.ts';
import { REPOSITORY } from '../tools.ts';

/*
 * The same recording gives the same predictions, byte by byte but for `ts`, `latencyMs` and `replayed`: whatever the
 * pieces are in which its bytes come, and however fast.
 */

/** 80 seconds: seven gestures and what lies between them. */
const SAMPLES = 2000;
let recording: Recording;
let brain: TinyBrain;

beforeAll(async () => {
  const file = join(REPOSITORY, 'recordings/gesture-stream.jsonl.gz');
  for await (const whole of readRecordings(file)) {
    recording = {
      ...whole,
      timesUs: whole.timesUs.slice(0, SAMPLES).map((us) => START_US + us),
      values: whole.values.slice(0, SAMPLES * whole.channels.length),
    };
  }
  brain = await loadBrain(join(REPOSITORY, 'models/gesture'), { variant: 'int8' });
});
afterAll(() => brain.close());

const bytesOf = ({ ts: _ts, latencyMs: _latency, replayed: _replayed, ...told }: Prediction): string =>
  JSON.stringify(told);

async function predicted(readings: Iterable<SensorReading>): Promise<string[]> {
  const options = { agent: 'replay' };
  const made: BoardPrediction[] = await lastValueFrom(
    from(readings).pipe(predictions(brain, every(), new Meter(), options), toArray()),
  );
  return made.map(({ prediction }) => bytesOf(prediction));
}

const replayed = async (speed: number | 'max'): Promise<string[]> => {
  const options = { speed, meter: new Meter(), signal: new AbortController().signal };
  const judged = await lastValueFrom(replayRecording(recording, brain, options).pipe(toArray()));
  return judged.map(({ prediction }) => bytesOf(prediction));
};

/** Numbers from 1 to `most`. */
const sizes = function* (seed: number, most: number): Generator<number> {
  const random = RandomStream.seeded(seed);
  for (;;) yield 1 + random.integer(most);
};

/** As JSON messages of so many readings each: one alone, or an array. */
function* asPayloads(messageSizes: Generator<number>): Generator<SensorReading> {
  const reader = new PayloadReader();
  const all = [...readingsOf(recording)].map(({ timeUs, values }) => ({ t: timeUs, v: values }));
  while (all.length > 0) {
    const some = all.splice(0, messageSizes.next().value!);
    const text = JSON.stringify(some.length === 1 ? some[0] : some);
    yield* reader.read('desk-01', new TextEncoder().encode(text), 0).readings;
  }
}

/** As frames with so many rows each on a serial line, whose bytes are read in pieces of these sizes. */
function* asBytes(frameSizes: Generator<number>, pieceSizes: Generator<number>): Generator<SensorReading> {
  const { board, channels, timesUs, values } = recording;
  const encoder = new FrameEncoder(
    {
      board,
      firmware: 'test 1.0.0',
      rateHz: 25,
      encoding: 'float32',
      clock: 'epoch',
      channels: channels.map((name) => ({ name, unit: 'count', scale: 1 })),
    },
    7,
  );
  const frames = [onWire(encoder.hello(timesUs[0]!))];
  for (let i = 0; i < SAMPLES; ) {
    const n = Math.min(frameSizes.next().value!, SAMPLES - i);
    const rows = Array.from({ length: n }, (_, k) =>
      Array.from(values.subarray((i + k) * channels.length, (i + k + 1) * channels.length)),
    );
    frames.push(onWire(encoder.samples({ timeUs: timesUs[i]!, periodUs: 40_000, rows })));
    i += n;
  }
  const line = Buffer.concat(frames);
  const decoder = new PortDecoder({ board });
  for (let i = 0; i < line.length; ) {
    const n = pieceSizes.next().value!;
    for (const event of decoder.push(line.subarray(i, i + n), timesUs[0]!)) {
      if (event.kind === 'readings') yield* event.readings;
    }
    i += n;
  }
}

describe('a recording gives the same predictions', () => {
  let straight: readonly string[];
  beforeAll(async () => {
    straight = await predicted(readingsOf(recording));
    expect(straight.length).toBeGreaterThan(4);
  });

  it('twice, and at any speed', async () => {
    const atOnce = await replayed('max');
    expect(atOnce).toEqual(straight);
    expect(await replayed(200)).toEqual(straight);
  });

  it.each([1, 2, 3])('in messages of any size (seed %d)', async (seed) => {
    expect(await predicted(asPayloads(sizes(seed, 60)))).toEqual(straight);
  });

  it.each([
    [1, 1, 1],
    [2, 20, 7],
    [3, 60, 5000],
  ])('in frames of any size, read in any pieces (seed %d)', async (seed, rows, bytes) => {
    const readings = asBytes(sizes(seed, rows), sizes(seed + 10, bytes));
    expect(await predicted(readings)).toEqual(straight);
  });
});
