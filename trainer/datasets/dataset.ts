import { labelsOf, numbersOf } from '../../protocols/answers.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { Recording } from '../../protocols/recording.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import type { CsvColumns } from './csv-columns.ts';
import type { SplitRule } from './own-data.ts';

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
export interface RowSelection extends ReadOptions {
  /** Only rows with all of these tags. */
  readonly where?: Readonly<Record<string, string>> | undefined;
  /** The column that counts as `split`. */
  readonly splitColumn?: string | undefined;
  /** Split anew, by whole groups. */
  readonly split?: SplitRule | undefined;
}

export interface Dataset {
  readonly rows: readonly LabelledRow[];
  /** Where rows are not what they should be: a row that cannot be read is refused, not guessed. */
  readonly skipped: readonly string[];
  /** SHA-256 over the files that were read, in their order. */
  readonly hash: string;
  /** The source names no groups: they were found by likeness, and may lie on two sides of its splits. */
  readonly groupsAreGuessed?: true;
}

/** What a reader of a person's own data must be told; public sets say it themselves. */
export interface ReadOptions {
  /** The task that the rows are for: how long a window is, and which channels it has. */
  readonly spec?: TaskSpec | undefined;
  /** What the columns of tables mean. */
  readonly csv?: CsvColumns | undefined;
  /** What was measured under these labels is left out. */
  readonly ignoreLabels?: readonly string[] | undefined;
}

/** A reader of one layout: that of a public data set, or one for a person's own data. */
export type DatasetReader = (path: string, options?: ReadOptions) => Promise<Dataset>;

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

/** What a recipe says of the rows it needs. */
export interface Wanted {
  /** The set's name, for messages. */
  readonly dataset: string;
  readonly spec: TaskSpec;
  /** One recording may be in two splits: what lies beside a row may be another split's, and is not looked at. */
  readonly splitsShareGroups?: true | undefined;
}

function withoutContext({ context: _, ...row }: LabelledRow): LabelledRow {
  return row;
}

/**
 * The rows of one of a set's own splits, all of which a recipe needs. Where a model is chosen or judged, equal rows count
 * once; in training they count as often as they occur.
 * Throws `TinyError` when there is none, or one has an answer that the task cannot give.
 */
export function splitRows(
  { rows }: Dataset,
  split: SplitName,
  { dataset, spec, splitsShareGroups }: Wanted,
): LabelledRow[] {
  const found = rowsOfSplit(rows, split);
  const ofSplit = splitsShareGroups ? found.map(withoutContext) : found;
  const chosen = split === 'train' ? ofSplit : distinct(ofSplit);
  if (chosen.length === 0) {
    throw new TinyError(
      `${dataset} has no rows of split "${split}"`,
      'give --data the folder that holds all files of the set',
    );
  }
  const strange = chosen.map((row) => strangeAnswer(row, spec)).find((problem) => problem !== undefined);
  if (strange) throw strange;
  return chosen;
}

/** What is wrong with a row whose answer the task cannot give. */
export function strangeAnswer({ id, label, numbers }: LabelledRow, spec: TaskSpec): TinyError | undefined {
  const labels = labelsOf(spec.answers);
  if (labels.length > 0 && !labels.includes(label)) {
    return new TinyError(
      `row ${id} is labelled "${label}", which is no answer of task ${spec.name}`,
      `its answers are ${labels.join(', ')}: mend the label, add it to the task, or leave it out with the recipe's ignoreLabels`,
    );
  }
  for (const { name, unit, min, max } of numbersOf(spec.answers)) {
    const value = numbers?.[name];
    const range = `task ${spec.name} asks for ${min} to ${max} ${unit}`;
    if (value === undefined) {
      const known = Object.keys(numbers ?? {});
      const hint = known.length > 0 ? `its numbers are ${known.join(', ')}` : 'it names no number';
      return new TinyError(`row ${id} has no number "${name}"; ${range}`, hint);
    }
    if (!(value >= min && value <= max)) {
      const hint = 'widen the range in the task, or leave the row out';
      return new TinyError(`row ${id} has ${name} ${value}; ${range}`, hint);
    }
  }
  return undefined;
}
