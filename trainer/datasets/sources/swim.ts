import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Recording } from '../../../protocols/recording.ts';
import { numberIn, parseCsv } from '../csv.ts';
import { readDataFile } from '../data-files.ts';
import type { LabelledRow } from '../dataset.ts';
import { styleOfCode, swimRecording, swimRow } from '../swim.ts';
import { FURTHER, namesIn, placeWith, rounded, type SourceLayout } from './source-layout.ts';

/**
 * Swimming as its authors publish it (github brunnergino/swimming-recognition-lap-counting): a folder a swimmer, in it
 * `<Style>_<stamp>.csv` at 30 Hz with `timestamp` (ns), ACC (m/s2), GYRO (rad/s) and `label`, a code; other columns are
 * not read. Windows are cut here, as the TinyLLM paper's notebook does.
 */
export const swimSource: SourceLayout = {
  find: (path) =>
    placeWith(path, ['', 'processed_30hz_relabeled', join('data', 'processed_30hz_relabeled')], (names) =>
      names.some(isSwimmer),
    ),
  async read(folder) {
    const hash = createHash('sha256');
    const rows: LabelledRow[] = [];
    const skipped: string[] = [];
    for (const swimmer of (await namesIn(folder)).filter(isSwimmer)) {
      for (const name of (await namesIn(join(folder, swimmer))).filter((file) => file.endsWith('.csv'))) {
        const file = join(folder, swimmer, name);
        const { bytes, text } = await readDataFile(file);
        hash.update(bytes);
        try {
          const id = `s${swimmer.padStart(2, '0')}_${name.replace(/\.csv$/, '')}`;
          const { recording, styles } = sourceRecording(id, file, text);
          const split = bytes.length > LARGEST_BYTES ? FURTHER : splitOf(Number(swimmer));
          for (const window of paperWindows(styles)) {
            const value = {
              ...window,
              id: `${id}@${window.start}`,
              recording: id,
              swimmer,
              split_swimmer: split,
            };
            rows.push(swimRow(value, recording));
          }
        } catch (error) {
          skipped.push(error instanceof Error ? error.message : String(error));
        }
      }
    }
    return { rows, skipped, hash: hash.digest('hex') };
  },
};

const isSwimmer = (name: string): boolean => /^\d+$/.test(name);

/** Whole swimmers lie in one split. Recordings in larger files than this were not at hand when figures were measured. */
const LARGEST_BYTES = 4 * 1024 ** 2;
const SWIMMERS = {
  train: [0, 2, 5, 6, 7, 10, 13, 14, 15, 18, 25, 26, 27, 29, 34, 39],
  validation: [4, 11, 23],
  test: [20, 22, 32, 35, 36, 38],
};

const splitOf = (swimmer: number): string =>
  Object.entries(SWIMMERS).find(([, swimmers]) => swimmers.includes(swimmer))?.[0] ?? FURTHER;

const AXES = ['ACC_0', 'ACC_1', 'ACC_2', 'GYRO_0', 'GYRO_1', 'GYRO_2'] as const;

/** The recording, and the style of each sample: undefined where the code is not documented. */
function sourceRecording(
  name: string,
  file: string,
  text: string,
): { recording: Recording; styles: (string | undefined)[] } {
  const { columns, rows } = parseCsv(file, text, ['timestamp', ...AXES, 'label']);
  const at = AXES.map((axis) => columns.indexOf(axis));
  const time = columns.indexOf('timestamp');
  const label = columns.indexOf('label');
  const timesNs = new Float64Array(rows.length);
  const values = new Float64Array(rows.length * at.length);
  const codes: string[] = [];
  for (const [i, { line, cells }] of rows.entries()) {
    try {
      timesNs[i] = numberIn(cells[time]);
      for (const [c, column] of at.entries()) {
        values[i * at.length + c] = rounded(numberIn(cells[column]), 3);
      }
      codes.push(String(numberIn(cells[label])));
    } catch (error) {
      throw new Error(`${file}:${line}: ${(error as Error).message}`);
    }
  }
  const timesS = timesNs.map((timeNs) => rounded((timeNs - timesNs[0]!) / 1e9, 3));
  return {
    recording: swimRecording({ name, timesS, values, labels: codes }),
    styles: codes.map(styleOfCode),
  };
}

/** Samples of one window: 3.33 s. */
const WINDOW_SAMPLES = 100;

/**
 * Each run of one style in blocks of 100 samples. The last block of a run is completed backwards, so it overlaps the
 * one before; a run shorter than a block is a short window. Samples without a style end a run and are left out.
 */
export function paperWindows(
  styles: readonly (string | undefined)[],
): { start: number; n: number; label: string }[] {
  const windows: { start: number; n: number; label: string }[] = [];
  let begin = 0;
  for (let end = 1; end <= styles.length; end++) {
    const label = styles[begin];
    if (end < styles.length && styles[end] === label) continue;
    for (let block = begin; label !== undefined && block < end; block += WINDOW_SAMPLES) {
      const last = Math.min(block + WINDOW_SAMPLES, end);
      const start = Math.max(begin, last - WINDOW_SAMPLES);
      windows.push({ start, n: last - start, label });
    }
    begin = end;
  }
  return windows;
}
