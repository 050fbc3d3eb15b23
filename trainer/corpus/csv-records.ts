import { TinyError } from '../../protocols/errors.ts';
import { fileChunks } from './file-chunks.ts';

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const LONGEST_RECORD_BYTES = 16 << 20;

/** A row of a table, as it stands in its file, and where. */
export interface CsvRecord {
  readonly bytes: Buffer;
  readonly offset: number;
}

/** The rows of a table of comma-separated values (RFC 4180): a cell in quotes may hold line breaks. */
export async function* csvRecords(path: string, gzip: boolean): AsyncGenerator<CsvRecord> {
  let held: Buffer = Buffer.alloc(0);
  let offset = 0;
  let searched = 0;
  let inQuotes = false;
  for await (const chunk of fileChunks(path, 0, gzip)) {
    held = Buffer.concat([held, chunk]);
    let begin = 0;
    for (let i = searched; i < held.length; i++) {
      const byte = held[i];
      if (byte === QUOTE)
        inQuotes = !inQuotes; // two in a row change nothing
      else if (byte === NEWLINE && !inQuotes) {
        yield { bytes: held.subarray(begin, i), offset: offset + begin };
        begin = i + 1;
      }
    }
    held = held.subarray(begin);
    offset += begin;
    searched = held.length;
    if (held.length > LONGEST_RECORD_BYTES) throw unclosed(path, offset);
  }
  if (inQuotes) throw unclosed(path, offset);
  if (held.length > 0) yield { bytes: held, offset };
}

const unclosed = (path: string, offset: number): TinyError =>
  new TinyError(
    `${path}: a quote is not closed in the row that begins at byte ${offset}`,
    'write the table anew, with a quote within a cell written twice',
  );

/** The cells of a row. */
export function csvCells(record: string): string[] {
  const cells: string[] = [];
  const row = record.endsWith('\r') ? record.slice(0, -1) : record;
  for (let at = 0; at <= row.length; ) {
    const end = row[at] === '"' ? closingQuote(row, at) + 1 : nextComma(row, at);
    const cell = row.slice(at, end);
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    at = nextComma(row, end) + 1;
  }
  return cells;
}

const nextComma = (row: string, from: number): number => {
  const at = row.indexOf(',', from);
  return at < 0 ? row.length : at;
};

function closingQuote(row: string, opening: number): number {
  let at = row.indexOf('"', opening + 1);
  while (at >= 0 && row[at + 1] === '"') at = row.indexOf('"', at + 2);
  return at < 0 ? row.length : at;
}
