/**
 * Writes `recordings/`: the test rows of the gesture and local sets in our recording format, and five minutes of gestures
 * as the demo plays them.
 *
 *     npx tsx scripts/make-demo-recordings.ts FOLDER    # the folder that holds gesture/ and local/
 *
 * Values are copied as they are. What is ours is the time: the sets state no sampling rate (recordings/README.md).
 */
import { join } from 'node:path';
import { DEMO_SETS } from '../agent/demo/sets.ts';
import { packageRoot } from '../commandline/package.ts';
import { demoStream, type TruthSpan } from '../firmware-bridge/virtual-board.ts';
import type { SensorReading } from '../protocols/reading.ts';
import { type Recording, writeRecordings } from '../protocols/recording.ts';
import { type DatasetReader, distinct, rowsOfSplit } from '../trainer/datasets/dataset.ts';
import { readGesture } from '../trainer/datasets/gesture.ts';
import { readLocal } from '../trainer/datasets/local.ts';

const STREAM_SEED = 1;
const STREAM_MINUTES = 5;

/** The distinct test rows of a set, as recordings of one board. */
async function testRows(read: DatasetReader, path: string, board: string): Promise<Recording[]> {
  const { rows } = await read(path);
  return distinct(rowsOfSplit(rows, 'test')).map(({ recording }) => ({ ...recording, board, split: 'test' }));
}

/** One recording of what a virtual board played. A span that reaches over its end is cut there. */
function streamRecording(
  of: Recording,
  readings: readonly SensorReading[],
  truth: readonly TruthSpan[],
): Recording {
  const { board, channels, rateHz, nominalRate } = of;
  const endUs = readings.at(-1)!.timeUs + Math.round(1e6 / rateHz);
  return {
    id: `gesture-stream-${STREAM_SEED}`,
    board,
    channels,
    rateHz,
    nominalRate,
    split: 'test',
    timesUs: Float64Array.from(readings, ({ timeUs }) => timeUs),
    values: Float64Array.from(readings.flatMap(({ values }) => channels.map((channel) => values[channel]!))),
    labels: truth.map(({ label, startUs, endUs: end }) => ({ label, startUs, endUs: Math.min(end, endUs) })),
  };
}

async function write(name: string, recordings: readonly Recording[]): Promise<void> {
  const path = join(packageRoot(), 'recordings', name);
  await writeRecordings(path, recordings);
  console.log(`${recordings.length} recordings in ${path}`);
}

const data = process.argv[2];
if (data === undefined) throw new Error('usage: npx tsx scripts/make-demo-recordings.ts FOLDER');
const gestures = await testRows(readGesture, join(data, 'gesture'), 'desk-01');
const { readings, truth } = demoStream(gestures, {
  seed: STREAM_SEED,
  startUs: 0,
  style: DEMO_SETS.gesture.style,
  durationMs: STREAM_MINUTES * 60_000,
});
await write('gesture-test.jsonl.gz', gestures);
await write('gesture-stream.jsonl.gz', [streamRecording(gestures[0]!, readings, truth)]);
await write('local-test.jsonl.gz', await testRows(readLocal, join(data, 'local'), 'room-01'));
