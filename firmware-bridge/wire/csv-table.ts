import { isChannel } from '../../protocols/channels.ts';

/** Columns that are no channels. Times count up from the board's start, but for `t`: epoch microseconds. */
const SPECIAL = ['t', 'micros', 'millis', 'seq'] as const;
type Special = (typeof SPECIAL)[number];

/** A row of numbers below its header. */
export interface CsvRow {
  readonly special: Readonly<Partial<Record<Special, number>>>;
  /** What was measured; an empty cell is left out. */
  readonly values: readonly (readonly [channel: string, value: number])[];
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_MEASURED = /^(?:nan)?$/i;
const COLUMN = /^([a-z0-9._-]+)(?:\s*\[(.+)\])?$/;
const MAX_COLUMNS = 70;

/** A table that a board prints: a header such as `micros,accel.x[g],accel.y[g]`, then rows. */
export class CsvTable {
  readonly units: Readonly<Record<string, string>>;
  readonly #columns: readonly string[];

  private constructor(columns: readonly string[], units: Readonly<Record<string, string>>) {
    this.#columns = columns;
    this.units = units;
  }

  /** The table below this header, or undefined when the line is none: each cell must be a channel or a known column. */
  static fromHeader(line: string): CsvTable | undefined {
    const columns: string[] = [];
    const units: Record<string, string> = {};
    for (const cell of cellsOf(line)) {
      const [, name, unit] = COLUMN.exec(cell) ?? [];
      if (name === undefined || columns.includes(name) || columns.length === MAX_COLUMNS) return undefined;
      if (!isSpecial(name) && !isChannel(name)) return undefined;
      if (unit !== undefined) units[name] = unit;
      columns.push(name);
    }
    return columns.some((name) => !isSpecial(name)) ? new CsvTable(columns, units) : undefined;
  }

  /** The row, or what is wrong with it, or undefined when the line is no row of numbers at all. */
  row(line: string): CsvRow | string | undefined {
    const cells = cellsOf(line);
    if (!cells.every((cell) => NUMBER.test(cell) || NOT_MEASURED.test(cell))) return undefined;
    if (cells.length !== this.#columns.length) {
      return `a row of ${cells.length} values below a header of ${this.#columns.length}`;
    }
    const special: Partial<Record<Special, number>> = {};
    const values: [string, number][] = [];
    for (const [i, name] of this.#columns.entries()) {
      const cell = cells[i]!;
      if (isSpecial(name)) {
        const number = Number(cell);
        if (cell === '' || !isTime(name, number)) return `"${cell}" is no ${name}`;
        special[name] = number;
      } else if (!NOT_MEASURED.test(cell)) values.push([name, Number(cell)]);
    }
    return { special, values };
  }
}

/** Whether a line names the columns of a table: channels, with their units if need be, and known others. */
export const isCsvHeader = (line: string): boolean => CsvTable.fromHeader(line) !== undefined;

/** Whether a line could stand below a header: two numbers at least, so that a counter on a line of its own is none. */
export function isCsvRow(line: string): boolean {
  const cells = cellsOf(line);
  return cells.length > 1 && cells.every((cell) => NUMBER.test(cell));
}

const cellsOf = (line: string): string[] => line.split(',').map((cell) => cell.trim());

const isSpecial = (name: string): name is Special => (SPECIAL as readonly string[]).includes(name);

/** `t` is any epoch time, the others are unsigned 32-bit counters. */
const isTime = (name: Special, value: number): boolean =>
  Number.isSafeInteger(value) && (name === 't' ? value > 0 : value >= 0 && value <= 0xffffffff);
