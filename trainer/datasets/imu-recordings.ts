import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabelSpan, Recording } from '../../protocols/recording.ts';
import { numberIn, parseCsv } from './csv.ts';
import { readDataFile } from './data-files.ts';

/** The channels of a motion sensor, in the order in which the sets write them: m/s2, then rad/s. */
export const IMU_CHANNELS = ['accel.x', 'accel.y', 'accel.z', 'gyro.x', 'gyro.y', 'gyro.z'] as const;

const COLUMNS = ['ax', 'ay', 'az', 'gx', 'gy', 'gz'] as const;
const TABLE = /^(.+?)\.csv(\.gz)?$/;

/** What one file holds: every sample of one recording. */
export interface ImuSamples {
  readonly name: string;
  /** (N) seconds from the start, as the file writes them. */
  readonly timesS: Float64Array;
  /** Row-major (N, 6), as `IMU_CHANNELS`. */
  readonly values: Float64Array;
  /** (N), or nothing where the file has no such column. */
  readonly labels: readonly string[];
}

/** A folder of `<recording>.csv[.gz]` with columns t, ax, ay, az, gx, gy, gz and label; each is read once, when wanted. */
export class ImuRecordings {
  readonly #files: ReadonlyMap<string, string>;
  readonly #toRecording: (samples: ImuSamples) => Recording;
  readonly #read = new Map<string, Promise<Recording>>();
  readonly #hash = createHash('sha256');

  private constructor(files: ReadonlyMap<string, string>, toRecording: (samples: ImuSamples) => Recording) {
    this.#files = files;
    this.#toRecording = toRecording;
  }

  /** A folder that does not exist has no recordings. */
  static async in(folder: string, toRecording: (samples: ImuSamples) => Recording): Promise<ImuRecordings> {
    const files = new Map<string, string>();
    for (const file of await readdir(folder).catch(() => [])) {
      const name = TABLE.exec(file)?.[1];
      if (name !== undefined) files.set(name, join(folder, file));
    }
    return new ImuRecordings(files, toRecording);
  }

  get size(): number {
    return this.#files.size;
  }

  /** SHA-256 over what was read, in the order in which it was wanted, after `before`. Ends the reading. */
  hashAfter(before: string): string {
    return this.#hash.update(before).digest('hex');
  }

  /** Undefined when the folder has no such recording; rejects when the one it has is broken. */
  get(name: string): Promise<Recording> | undefined {
    const file = this.#files.get(name);
    if (file === undefined) return undefined;
    const known = this.#read.get(name) ?? this.#load(name, file);
    this.#read.set(name, known);
    return known;
  }

  async #load(name: string, file: string): Promise<Recording> {
    const { bytes, text } = await readDataFile(file);
    this.#hash.update(bytes);
    return this.#toRecording(imuSamples(name, file, text));
  }
}

function imuSamples(name: string, file: string, text: string): ImuSamples {
  const { columns, rows } = parseCsv(file, text, ['t', ...COLUMNS]);
  const t = columns.indexOf('t');
  const label = columns.indexOf('label');
  const at = COLUMNS.map((column) => columns.indexOf(column));
  const timesS = new Float64Array(rows.length);
  const values = new Float64Array(rows.length * at.length);
  for (const [i, { line, cells }] of rows.entries()) {
    try {
      timesS[i] = numberIn(cells[t]);
      for (const [c, column] of at.entries()) values[i * at.length + c] = numberIn(cells[column]);
    } catch (error) {
      throw new Error(`${file}:${line}: ${(error as Error).message}`);
    }
  }
  return { name, timesS, values, labels: label < 0 ? [] : rows.map(({ cells }) => cells[label] ?? '') };
}

/** Runs of samples with the same answer. Samples for which `answerOf` gives none lie in no span. */
export function labelSpans(
  labels: readonly string[],
  timesUs: Float64Array,
  periodUs: number,
  answerOf: (label: string) => string | undefined,
): LabelSpan[] {
  const spans: LabelSpan[] = [];
  let begin = 0;
  for (let i = 1; i <= labels.length; i++) {
    const answer = answerOf(labels[begin]!);
    if (i < labels.length && answerOf(labels[i]!) === answer) continue;
    const endUs = timesUs[i] ?? timesUs[i - 1]! + periodUs;
    if (answer !== undefined) spans.push({ label: answer, startUs: timesUs[begin]!, endUs });
    begin = i;
  }
  return spans;
}

/** Samples [start, start + n) of a recording, on its time line, with one answer. Shares the recording's memory. */
export function excerpt(
  recording: Recording,
  id: string,
  start: number,
  n: number,
  label: string,
): Recording {
  const { timesUs, values, channels, rateHz } = recording;
  if (start + n > timesUs.length) {
    throw new Error(
      `samples ${start} to ${start + n - 1} of ${recording.id}, which has ${timesUs.length} samples`,
    );
  }
  const times = timesUs.subarray(start, start + n);
  return {
    ...recording,
    id,
    timesUs: times,
    values: values.subarray(start * channels.length, (start + n) * channels.length),
    labels: [{ label, startUs: times[0]!, endUs: times[n - 1]! + Math.round(1e6 / rateHz) }],
  };
}
