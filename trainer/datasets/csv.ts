import { TinyError } from '../../protocols/errors.ts';

/** A table of comma-separated values: a line of names, then one line a row. Fields hold no commas and no quotes. */
export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
}

export interface CsvRow {
  /** In the file, counted from 1. */
  readonly line: number;
  /** One for each column; fewer or more where the row is broken. */
  readonly cells: readonly string[];
}

/** Throws `TinyError` naming the file when one of the wanted columns is not there. Other columns may be. */
export function parseCsv(file: string, text: string, wanted: readonly string[]): CsvTable {
  const [head, ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const columns = head!.split(',').map((name) => name.trim());
  const missing = wanted.find((name) => !columns.includes(name));
  if (missing !== undefined) {
    throw new TinyError(
      `${file}:1: there is no column "${missing}"`,
      `its columns are ${columns.join(', ')}; wanted are ${wanted.join(', ')}`,
    );
  }
  const rows = lines.flatMap((line, i) => {
    return line.trim() === '' ? [] : [{ line: i + 2, cells: line.split(',') }];
  });
  return { columns, rows };
}

/** The number in a cell. Throws where there is none: an empty cell is no zero. */
export function numberIn(cell: string | undefined): number {
  const value = cell === undefined || cell.trim() === '' ? Number.NaN : Number(cell);
  if (!Number.isFinite(value)) throw new Error(`"${cell ?? ''}" is no number`);
  return value;
}
