import { basename } from 'node:path';
import { labelsOf, numbersOf } from '../../protocols/answers.ts';
import { TinyError } from '../../protocols/errors.ts';
import { isRateTask, type TaskSpec } from '../../protocols/task.ts';
import { type CsvRow, type CsvTable, numberIn, parseCsv } from './csv.ts';
import type { ChannelColumn, CsvColumns } from './csv-columns.ts';
import { SPLITS } from './dataset.ts';
import { splitColumns } from './rows.ts';

/** A row in a table, and what it says apart from its measurements. */
export interface CsvLine {
  /** `anna.csv:212` */
  readonly id: string;
  /** In its channels' own units; NaN where a cell is empty. */
  readonly values: readonly number[];
  /** Undefined where the cell is empty or the recipe ignores the label. */
  readonly label: string | undefined;
  readonly numbers: Readonly<Record<string, number>> | undefined;
  readonly splits: Readonly<Record<string, string>>;
  readonly group: string;
  readonly recording: string;
  /** The cell of the column of times. */
  readonly time: string | undefined;
  /** Throws a `TinyError` that names the file and the line. */
  refuse(what: string, hint: string): never;
}

/** How tables are read for a task. */
export interface CsvLayout extends CsvColumns {
  readonly spec: TaskSpec;
  /** In the order of the task's. */
  readonly read: readonly ChannelColumn[];
  readonly ignoreLabels: readonly string[];
}

/** Every row of a table. Throws `TinyError` with file and line for a column that is not there and a cell that cannot be read. */
export function csvLines(file: string, text: string, layout: CsvLayout): CsvLine[] {
  const { spec, read, ignoreLabels } = layout;
  const asksLabel = labelsOf(spec.answers).length > 0;
  const numberColumns = numbersOf(spec.answers).map(
    ({ name }) => [name, layout.numbers[name] ?? name] as const,
  );
  const time = layout.time ?? 't';
  const label = layout.label ?? 'label';
  const needsTime = isRateTask(spec) && layout.rateHz === undefined;
  const table = parseCsv(file, text, [
    ...(needsTime ? [time] : []),
    ...read.map(({ column }) => column),
    ...(asksLabel ? [label] : []),
    ...numberColumns.map(([, column]) => column),
    // A column which the recipe names must be there; one that is only called as usual may be.
    ...[layout.group, layout.recording, layout.split].filter((column) => column !== undefined),
  ]);
  const nameOfFile = basename(file).replace(/\.csv(\.gz)?$/, '');
  return table.rows.map((row): CsvLine => {
    const refuse = (what: string, hint: string): never => {
      throw new TinyError(`${file}:${row.line}: ${what}`, hint);
    };
    const cells = cellsByColumn(table, row, refuse);
    const numbers = Object.fromEntries(
      numberColumns.map(([name, column]) => [name, measured(cells, column, refuse)]),
    );
    const isKnown = Object.values(numbers).every((value) => !Number.isNaN(value));
    const answer = asksLabel ? cells[label]! : Object.values(numbers).join(', ');
    const split = cells[layout.split ?? 'split'];
    if (split && !SPLITS.some((name) => name === split)) {
      refuse(`there is no split "${split}"`, `name one of ${SPLITS.join(', ')}, or leave the cell empty`);
    }
    const recording = cells[layout.recording ?? 'recording'] || nameOfFile;
    return {
      id: `${basename(file)}:${row.line}`,
      values: read.map(({ column, toOwnUnit }) => toOwnUnit(measured(cells, column, refuse))),
      label: answer === '' || ignoreLabels.includes(answer) || !isKnown ? undefined : answer,
      numbers: numberColumns.length > 0 ? numbers : undefined,
      splits: { ...splitColumns(cells), ...(split ? { split } : {}) },
      group: cells[layout.group ?? 'person'] || recording,
      recording,
      time: cells[time],
      refuse,
    };
  });
}

type Cells = Readonly<Record<string, string>>;

function cellsByColumn({ columns }: CsvTable, { cells }: CsvRow, refuse: CsvLine['refuse']): Cells {
  if (cells.length !== columns.length) {
    refuse(
      `${cells.length} cells where the first line names ${columns.length} columns`,
      'give every line a cell for each column; one that holds a comma stands in quotes',
    );
  }
  return Object.fromEntries(columns.map((name, c) => [name, cells[c]!.trim()]));
}

/** The number in a cell, NaN where nothing was measured. */
function measured(cells: Cells, column: string, refuse: CsvLine['refuse']): number {
  const text = cells[column]!;
  if (text === '' || text.toLowerCase() === 'nan') return Number.NaN;
  try {
    return numberIn(text);
  } catch {
    return refuse(
      `"${text}" in column "${column}" is no number`,
      'write a number such as -0.25, or leave the cell empty where nothing was measured',
    );
  }
}
