import { TinyError } from '../../protocols/errors.ts';
import type { Recording } from '../../protocols/recording.ts';
import type { TaskSpec } from '../../protocols/task.ts';

/** One row of a data set: what was measured, and the answer that belongs to it. */
export interface LabelledRow {
  readonly id: string;
  /** The answer in words; for a set whose answers are numbers, the number as text. */
  readonly label: string;
  /** Answers that are numbers, in the unit that the reader states: `{ x, y }`, `{ breathingRate }`. */
  readonly numbers?: Readonly<Record<string, number>>;
  /** Every column of the row whose name begins with `split`; `split` is the one that is meant by default. */
  readonly splits: Readonly<Record<string, string>>;
  /** What a recipe may choose rows by, where a set holds several in one: `{ device: 'sw' }`, `{ room: 'WiFi-S3' }`. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Exactly the row's own samples. Times begin at 0, or where the row lies in its context. */
  readonly recording: Recording;
  /** The longer recording from which the row was cut, on the same time line: what came before and after. */
  readonly context?: Recording;
}

/** Which rows of a data set are meant, and by which of its splits. */
export interface RowSelection {
  /** Only rows with all of these tags. */
  readonly where?: Readonly<Record<string, string>> | undefined;
  /** The column that counts as `split`. */
  readonly splitColumn?: string | undefined;
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

/** Rows that have all of the wanted tags. */
export const rowsWhere = (
  rows: readonly LabelledRow[],
  wanted: Readonly<Record<string, string>>,
): LabelledRow[] =>
  rows.filter(({ tags }) => Object.entries(wanted).every(([name, value]) => tags?.[name] === value));

/** Rows whose `split` is another of their columns. A row that has no such column then belongs to no split. */
export const splitBy = (rows: readonly LabelledRow[], column: string): LabelledRow[] =>
  rows.map((row) => {
    const { split: _, ...others } = row.splits;
    const split = row.splits[column];
    return { ...row, splits: split === undefined ? others : { ...others, split } };
  });

/** Rows of one split, by the column `split` or another that is named. No split: all rows. */
export const rowsOfSplit = (
  rows: readonly LabelledRow[],
  split: string | undefined,
  column = 'split',
): LabelledRow[] => (split === undefined ? [...rows] : rows.filter(({ splits }) => splits[column] === split));

/** Rows with equal input and equal answer count once, wherever in a recording they lie; the first stays. */
export function distinct(rows: readonly LabelledRow[]): LabelledRow[] {
  const seen = new Set<string>();
  return rows.filter(({ label, numbers, recording: { timesUs, values, rateHz } }) => {
    // In samples from the first: where a row begins rounds its times differently.
    const offsets = Array.from(timesUs, (timeUs) => Math.round(((timeUs - timesUs[0]!) * rateHz) / 1e6));
    const key = JSON.stringify([label, numbers, offsets, [...values]]);
    return !seen.has(key) && seen.add(key);
  });
}

export const SPLITS = ['train', 'validation', 'test'] as const;
export type SplitName = (typeof SPLITS)[number];

/**
 * The rows of one of a set's own splits, all of which a recipe needs. Where a model is chosen or judged, equal rows count
 * once; in training they count as often as they occur.
 * Throws `TinyError` when there is none, or one has a label that the task cannot answer.
 */
export function splitRows(
  { rows }: Dataset,
  split: SplitName,
  { dataset, spec }: { readonly dataset: string; readonly spec: TaskSpec },
): LabelledRow[] {
  const ofSplit = rowsOfSplit(rows, split);
  const chosen = split === 'train' ? ofSplit : distinct(ofSplit);
  if (chosen.length === 0) {
    throw new TinyError(
      `${dataset} has no rows of split "${split}"`,
      'give --data the folder that holds all files of the set',
    );
  }
  const { labels } = spec.answers;
  const stranger = chosen.find(({ label }) => !labels.includes(label));
  if (stranger) {
    throw new TinyError(
      `row ${stranger.id} is labelled "${stranger.label}", which is no answer of task ${spec.name}`,
      `its answers are ${labels.join(', ')}`,
    );
  }
  return chosen;
}
