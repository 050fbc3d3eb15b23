/**
 * Writes `recordings/`: the test rows of the gesture and local sets in our recording format, one recording a row.
 *
 *     npx tsx scripts/make-demo-recordings.ts FOLDER    # the folder that holds gesture/ and local/
 *
 * Values are copied as they are. What is ours is the time: the sets state no sampling rate (recordings/README.md).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { packageRoot } from '../commandline/package.ts';
import { type Recording, writeRecordings } from '../protocols/recording.ts';

const GESTURE_CHANNELS = {
  proximity: 'proximity',
  red: 'light.red',
  green: 'light.green',
  blue: 'light.blue',
} as const;

const LOCAL_CHANNELS = {
  pressure: 'pressure',
  humidity_1: 'humidity.1',
  temperature: 'temperature',
  humidity_2: 'humidity.2',
  red: 'light.red',
  green: 'light.green',
  blue: 'light.blue',
  sound: 'sound',
} as const;

const gestureRow = z.object({
  id: z.string(),
  split: z.literal('test'),
  label: z.string(),
  channels: z.record(z.string(), z.array(z.number())),
});

const localRow = z.object({
  id: z.string(),
  split: z.literal('test'),
  label: z.string(),
  values: z.record(z.string(), z.number()),
  session_guess: z.int(),
});

/** (T) samples of four channels, at a nominal 25 Hz. The set names neither person nor session. */
const gesture = (line: unknown): Recording => {
  const { id, label, channels } = gestureRow.parse(line);
  return recording(id, label, {
    board: 'desk-01',
    rateHz: 25,
    channels: Object.values(GESTURE_CHANNELS),
    columns: Object.keys(GESTURE_CHANNELS).map((name) => channels[name]!),
  });
};

/** One sample of eight channels; a nominal second long. */
const local = (line: unknown): Recording => {
  const { id, label, values, session_guess } = localRow.parse(line);
  return recording(id, label, {
    board: 'room-01',
    rateHz: 1,
    group: `session-${session_guess}`,
    channels: Object.values(LOCAL_CHANNELS),
    columns: Object.keys(LOCAL_CHANNELS).map((name) => [values[name]!]),
  });
};

interface Parts {
  readonly board: string;
  readonly rateHz: number;
  readonly group?: string;
  readonly channels: readonly string[];
  /** (channels, T) */
  readonly columns: readonly (readonly number[])[];
}

function recording(id: string, label: string, { columns, ...parts }: Parts): Recording {
  const periodUs = 1e6 / parts.rateHz;
  const length = columns[0]!.length;
  return {
    ...parts,
    id,
    split: 'test',
    nominalRate: true,
    timesUs: Float64Array.from({ length }, (_, i) => i * periodUs),
    values: Float64Array.from(columns[0]!.flatMap((_, i) => columns.map((column) => column[i]!))),
    labels: [{ label, startUs: 0, endUs: length * periodUs }],
  };
}

async function convert(name: string, data: string, toRecording: (line: unknown) => Recording): Promise<void> {
  const text = gunzipSync(readFileSync(join(data, name, 'test.jsonl.gz'))).toString('utf8');
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => toRecording(JSON.parse(line)));
  const path = join(packageRoot(), 'recordings', `${name}-test.jsonl.gz`);
  await writeRecordings(path, rows);
  console.log(`${rows.length} recordings in ${path}`);
}

const data = process.argv[2];
if (data === undefined) throw new Error('usage: npx tsx scripts/make-demo-recordings.ts FOLDER');
await convert('gesture', data, gesture);
await convert('local', data, local);
