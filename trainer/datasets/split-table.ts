import { columns } from '../../commandline/columns.ts';
import { labelsOf } from '../../protocols/answers.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import { type Dataset, SPLITS, type SplitName, splitRows } from './dataset.ts';

/** What one split holds. */
export interface SplitCounts {
  /** Equal rows count once where a model is chosen or judged. */
  readonly rows: number;
  /** Persons or sessions; 0 where the rows name none. */
  readonly groups: number;
  /** Rows by label, in the order of the task; empty where it asks for numbers only. */
  readonly labels: Readonly<Record<string, number>>;
}
export type SplitTable = Readonly<Record<SplitName, SplitCounts>>;

export function splitTable(
  dataset: Dataset,
  wanted: { readonly dataset: string; readonly spec: TaskSpec },
): SplitTable {
  const counts = (split: SplitName): SplitCounts => {
    const rows = splitRows(dataset, split, wanted);
    const labels = labelsOf(wanted.spec.answers);
    return {
      rows: rows.length,
      groups: new Set(rows.flatMap(({ recording }) => recording.group ?? [])).size,
      labels: Object.fromEntries(
        labels.map((label) => [label, rows.filter((row) => row.label === label).length]),
      ),
    };
  };
  return { train: counts('train'), validation: counts('validation'), test: counts('test') };
}

/** The table for a person: a column for each split. */
export function splitText(table: SplitTable): string {
  const of = (value: (counts: SplitCounts) => number): string[] =>
    SPLITS.map((split) => String(value(table[split])));
  const lines: string[][] = [
    ['', ...SPLITS],
    ['rows', ...of(({ rows }) => rows)],
    ...(SPLITS.some((split) => table[split].groups > 0)
      ? [['persons or sessions', ...of(({ groups }) => groups)]]
      : []),
    ...Object.keys(table.train.labels).map((label) => [label, ...of(({ labels }) => labels[label]!)]),
  ];
  return `${columns(lines)}\n`;
}
