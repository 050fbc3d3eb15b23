import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import type { LabelledRow } from '../../../trainer/datasets/dataset.ts';

/** A folder with these files, gone after the test. Names that end in `.gz` are compressed. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tinyllm-dataset-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  }
  return folder;
}

export const jsonLines = (rows: readonly unknown[]): string =>
  rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join('');

/** How many rows there are of each: `{ 'train Tap': 136, .. }`. */
export function countBy(
  rows: readonly LabelledRow[],
  key: (row: LabelledRow) => string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[key(row)] = (counts[key(row)] ?? 0) + 1;
  return counts;
}

/** Row `i` of a recording: its values, channel by channel. */
export const sample = ({ values, channels }: LabelledRow['recording'], i: number): number[] => [
  ...values.subarray(i * channels.length, (i + 1) * channels.length),
];
