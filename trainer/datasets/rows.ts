import type { z } from 'zod';
import type { Dataset, DatasetReader, LabelledRow } from './dataset.ts';
import { type JsonLine, readJsonLines } from './json-lines.ts';

/** What a schema let through -> a row. Throws where the row cannot be believed. */
export type ToRow<Schema extends z.ZodType> = (value: z.infer<Schema>) => LabelledRow | Promise<LabelledRow>;

/** A reader of a set with one JSON object per row, and nothing beside it. */
export const rowReader =
  <Schema extends z.ZodType>(schema: Schema, toRow: ToRow<Schema>): DatasetReader =>
  async (path) => {
    const { lines, hash } = await readJsonLines(path);
    return { ...(await rowsFrom(lines, schema, toRow)), hash };
  };

/**
 * The rows in parsed lines. Keys that are not known are ignored; a row that is not of the set's shape is left out
 * and named, since one bad row should not cost the others.
 */
export async function rowsFrom<Schema extends z.ZodType>(
  lines: Iterable<JsonLine>,
  schema: Schema,
  toRow: ToRow<Schema>,
): Promise<Pick<Dataset, 'rows' | 'skipped'>> {
  const rows: LabelledRow[] = [];
  const skipped: string[] = [];
  for (const { where, value } of lines) {
    if (value === undefined) {
      skipped.push(`${where}: not JSON`);
      continue;
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      const { path: key, message } = parsed.error.issues[0]!;
      skipped.push(`${where}: ${key.length > 0 ? `${key.join('.')}: ` : ''}${message}`);
      continue;
    }
    try {
      rows.push(await toRow(parsed.data));
    } catch (error) {
      skipped.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { rows, skipped };
}

/** `split`, `split_swimmer`, ..: which split a row belongs to, by each way of splitting. */
export const splitColumns = (row: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(row).filter((entry): entry is [string, string] => {
      return entry[0].startsWith('split') && typeof entry[1] === 'string';
    }),
  );
