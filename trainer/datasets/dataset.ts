import { TinyError } from '../../protocols/errors.ts';
import type { Recording } from '../../protocols/recording.ts';
import type { TaskSpec } from '../../protocols/task.ts';

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

export type SplitName = 'train' | 'validation' | 'test';

/**
 * The distinct rows of one of a set's own splits, all of which a recipe needs.
 * Throws `TinyError` when there is none, or one has a label that the task cannot answer.
 */
export function splitRows(
  { rows }: Dataset,
  split: SplitName,
  { dataset, spec }: { readonly dataset: string; readonly spec: TaskSpec },
): LabelledRow[] {
  const chosen = distinct(rowsOfSplit(rows, split));
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
