import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Dataset, LabelledRow } from '../../../../trainer/datasets/dataset.ts';

/** Rows of a copy, one JSON object a line. */
export const copied = <Row>(...path: readonly string[]): Row[] =>
  gunzipSync(readFileSync(join(...path)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

/** The lines of a copied recording, without its line of names, each by cell. */
export const copiedSamples = (folder: string, name: string): string[][] =>
  gunzipSync(readFileSync(join(folder, 'recordings', `${name}.csv.gz`)))
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

export const recordingsOf = (folder: string, wanted: RegExp): string[] =>
  readdirSync(join(folder, 'recordings'))
    .map((name) => name.replace(/\.csv\.gz$/, ''))
    .filter((name) => wanted.test(name));

/** The files of a copy's own layout that hold these recordings and no others. */
export function partOfCopy(folder: string, names: readonly string[]): Record<string, string> {
  const windows = copied<{ recording: string }>(folder, 'windows.jsonl.gz');
  const own = windows.filter(({ recording }) => names.includes(recording));
  return {
    'windows.jsonl': own.map((window) => `${JSON.stringify(window)}\n`).join(''),
    ...Object.fromEntries(
      names.map((name) => [
        `recordings/${name}.csv`,
        gunzipSync(readFileSync(join(folder, 'recordings', `${name}.csv.gz`))).toString(),
      ]),
    ),
  };
}

/** What two readers of the same rows must agree on, row by row. */
export const seen = ({ rows }: Pick<Dataset, 'rows'>): string[] =>
  outlines(rows).map((row) => JSON.stringify(row));

export const outlines = (rows: readonly LabelledRow[]) =>
  rows.map(({ id, label, numbers, splits, tags, recording, context }) => ({
    id,
    label,
    numbers,
    split: splits.split,
    tags,
    group: recording.group,
    channels: recording.channels,
    rateHz: recording.rateHz,
    timesUs: [...recording.timesUs],
    values: [...recording.values],
    labels: recording.labels,
    context: context && { id: context.id, n: context.timesUs.length, labels: context.labels },
  }));
