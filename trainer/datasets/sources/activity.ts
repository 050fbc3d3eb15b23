import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { activityRecording, activityRow, DEVICE_NAMES, type DeviceName } from '../activity.ts';
import { numberIn, parseCsv } from '../csv.ts';
import { readDataFile } from '../data-files.ts';
import type { LabelledRow } from '../dataset.ts';
import type { ImuSamples } from '../imu-recordings.ts';
import { FURTHER, namesIn, placeWith, rounded, type SourceLayout } from './source-layout.ts';

/**
 * Daily activities as their authors publish them (github GeoTecINIT/sp-sw-har-dataset, DATA, CC BY 4.0): a folder a
 * subject, in it `<subject>_<run>_<sp or sw>.csv` with x_acc .. (m/s2), x_gyro .. (rad/s), `timestamp` (ms) and `label`.
 * Windows are cut here: 100 samples, step 50, with the label that most of them have, the earlier of two equal ones.
 */
export const activitySource: SourceLayout = {
  find: (path) => placeWith(path, ['', 'DATA'], (names) => names.some(isSubject)),
  async read(folder) {
    const hash = createHash('sha256');
    const rows: LabelledRow[] = [];
    const skipped: string[] = [];
    for (const subject of (await namesIn(folder)).filter(isSubject)) {
      for (const name of await namesIn(join(folder, subject))) {
        const device = DEVICE_NAMES.find((known) => name.endsWith(`_${known}.csv`));
        if (!device) continue;
        const file = join(folder, subject, name);
        const { bytes, text } = await readDataFile(file);
        hash.update(bytes);
        try {
          const samples = imuSamples(name.replace(/\.csv$/, ''), file, text);
          rows.push(...windowRows(samples, subject, device));
        } catch (error) {
          skipped.push(error instanceof Error ? error.message : String(error));
        }
      }
    }
    return { rows, skipped, hash: hash.digest('hex') };
  },
};

const isSubject = (name: string): boolean => /^s\d\d$/.test(name);

/** No figure of ours comes from these five. */
const FURTHER_SUBJECTS: readonly string[] = ['s05', 's09', 's14', 's18', 's22'];

const COLUMNS = ['x_acc', 'y_acc', 'z_acc', 'x_gyro', 'y_gyro', 'z_gyro'] as const;
const WINDOW_SAMPLES = 100;
const STEP_SAMPLES = 50;

function imuSamples(name: string, file: string, text: string): ImuSamples {
  const { columns, rows } = parseCsv(file, text, [...COLUMNS, 'timestamp', 'label']);
  const at = COLUMNS.map((column) => columns.indexOf(column));
  const time = columns.indexOf('timestamp');
  const label = columns.indexOf('label');
  const timesMs = new Float64Array(rows.length);
  const values = new Float64Array(rows.length * at.length);
  for (const [i, { line, cells }] of rows.entries()) {
    try {
      timesMs[i] = numberIn(cells[time]);
      for (const [c, column] of at.entries()) {
        values[i * at.length + c] = numberIn(cells[column]);
      }
    } catch (error) {
      throw new Error(`${file}:${line}: ${(error as Error).message}`);
    }
  }
  return {
    name,
    timesS: timesMs.map((timeMs) => (timeMs - timesMs[0]!) / 1e3),
    values,
    labels: rows.map(({ cells }) => cells[label] ?? ''),
  };
}

function windowRows(samples: ImuSamples, subject: string, device: DeviceName): LabelledRow[] {
  const { name, values, labels } = samples;
  // The set's own layout keeps three digits of a recording, and two of a window.
  const context = activityRecording({ ...samples, values: values.map((value) => rounded(value, 3)) }, device);
  const axis = (c: number, start: number): number[] =>
    Array.from({ length: WINDOW_SAMPLES }, (_, i) => rounded(values[(start + i) * COLUMNS.length + c]!, 2));
  const rows: LabelledRow[] = [];
  for (let start = 0; start + WINDOW_SAMPLES <= labels.length; start += STEP_SAMPLES) {
    const value = {
      id: `${name}@${start}`,
      label: mostFrequent(labels.slice(start, start + WINDOW_SAMPLES)).toLowerCase(),
      subject,
      device,
      start,
      acc: [axis(0, start), axis(1, start), axis(2, start)] as [number[], number[], number[]],
      gyro: [axis(3, start), axis(4, start), axis(5, start)] as [number[], number[], number[]],
      ...(FURTHER_SUBJECTS.includes(subject) ? { split: FURTHER } : {}),
    };
    rows.push(activityRow(value, context));
  }
  return rows;
}

function mostFrequent(labels: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most))[0];
}
