import { TinyError } from '../../../protocols/errors.ts';

/** One record and where it begins: fields may hold commas and lines, so it can be longer than a line. */
export interface QuotedRecord {
  readonly line: number;
  /** By column. */
  readonly fields: Readonly<Record<string, string>>;
}

const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/**
 * Records of comma-separated values with quoted fields (RFC 4180) under a line of names. Empty lines are left out.
 * Throws `TinyError` naming the line where a quote is not closed or a wanted column is missing.
 */
export function parseQuotedCsv(file: string, text: string, wanted: readonly string[]): QuotedRecord[] {
  const [head, ...records] = rawRecords(file, text.replace(/^\uFEFF/, ''));
  const columns = head?.fields ?? [];
  const missing = wanted.find((name) => !columns.includes(name));
  if (missing !== undefined) {
    throw new TinyError(
      `${file}:1: there is no column "${missing}"`,
      `its columns are ${columns.join(', ')}; wanted are ${wanted.join(', ')}`,
    );
  }
  return records.map(({ line, fields }) => ({
    line,
    fields: Object.fromEntries(columns.map((name, c) => [name, fields[c] ?? ''])),
  }));
}

function rawRecords(file: string, text: string): { line: number; fields: string[] }[] {
  const records: { line: number; fields: string[] }[] = [];
  let fields: string[] = [];
  let begin = 1;
  let line = 1;
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length) {
    const found = FIELD.exec(text);
    if (!found)
      throw new TinyError(`${file}:${line}: a quote stands alone or is not closed`, 'download it again');
    fields.push(found[1]?.replaceAll('""', '"') ?? found[2]!);
    line += found[0].split('\n').length - 1;
    if (found[3] === ',') continue;
    if (fields.length > 1 || fields[0] !== '') records.push({ line: begin, fields });
    fields = [];
    begin = line;
  }
  return records;
}
