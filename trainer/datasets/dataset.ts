import type { Recording } from '../../protocols/recording.ts';

/** One row of a data set: what was measured, and the answer that belongs to it. */
export interface LabelledRow {
  readonly id: string;
  readonly label: string;
  /** Every column of the row whose name begins with `split`. */
  readonly splits: Readonly<Record<string, string>>;
  /** Times begin at 0. */
  readonly recording: Recording;
}

export interface Dataset {
  readonly rows: readonly LabelledRow[];
  /** Where rows are not what they should be: a row that cannot be read is refused, not guessed. */
  readonly skipped: readonly string[];
  /** SHA-256 over the files that were read, in their order. */
  readonly hash: string;
}

/** A reader of one public data set's own layout. */
export type DatasetReader = (path: string) => Promise<Dataset>;

export const DATASET_NAMES = ['gesture', 'local'] as const;
export type DatasetName = (typeof DATASET_NAMES)[number];

/** The reader of a data set, loaded when it is wanted. */
export async function datasetReader(name: DatasetName): Promise<DatasetReader> {
  switch (name) {
    case 'gesture':
      return (await import('./gesture.ts')).readGesture;
    case 'local':
      return (await import('./local.ts')).readLocal;
  }
}

/** Rows of one split, by the column `split` or another that is named. No split: all rows. */
export const rowsOfSplit = (
  rows: readonly LabelledRow[],
  split: string | undefined,
  column = 'split',
): LabelledRow[] => (split === undefined ? [...rows] : rows.filter(({ splits }) => splits[column] === split));

/** Rows with equal input and equal label count once; the first stays. */
export function distinct(rows: readonly LabelledRow[]): LabelledRow[] {
  const seen = new Set<string>();
  return rows.filter(({ label, recording: { timesUs, values } }) => {
    const key = JSON.stringify([label, [...timesUs], [...values]]);
    return !seen.has(key) && seen.add(key);
  });
}
