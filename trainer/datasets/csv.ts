import { TinyError } from '../../protocols/errors.ts';

/** A table of comma-separated values: a line of names, then one line a row. */
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

/**
 * Cells may stand in quotes (RFC 4180) and then hold commas, but no line breaks.
 * Throws `TinyError` naming the file when one of the wanted columns is not there. Other columns may be.
 */
export function parseCsv(file: string, text: string, wanted: readonly string[]): CsvTable {
  const [head, ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const columns = cellsOf(head!).map((name) => name.trim());
  const missing = wanted.find((name) => !columns.includes(name));
  if (missing !== undefined) {
    throw new TinyError(
      `${file}:1: there is no column "${missing}"`,
      columns.length === 1 && /[;\t]/.test(head!)
        ? 'columns are separated by commas: write the table anew so, with points in its decimal numbers'
        : `its columns are ${columns.join(', ')}; wanted are ${wanted.join(', ')}`,
    );
  }
  const rows = lines.flatMap((line, i) => {
    return line.trim() === '' ? [] : [{ line: i + 2, cells: cellsOf(line) }];
  });
  return { columns, rows };
}

/** A cell in quotes, in which a quote is written twice, or one without; and the comma after it. */
const CELL = /(?:\s*"((?:[^"]|"")*)"\s*|([^,]*)),/g;

const cellsOf = (line: string): string[] =>
  line.includes('"')
    ? Array.from(`${line},`.matchAll(CELL), ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!)
    : line.split(',');

/** The number in a cell. Throws where there is none: an empty cell is no zero. */
export function numberIn(cell: string | undefined): number {
  const value = cell === undefined || cell.trim() === '' ? Number.NaN : Number(cell);
  if (!Number.isFinite(value)) throw new Error(`"${cell ?? ''}" is no number`);
  return value;
}
