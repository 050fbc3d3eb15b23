import type { z } from 'zod';
import type { DatasetReader, LabelledRow } from './dataset.ts';
import { readJsonLines } from './json-lines.ts';

/**
 * A reader of a set with one JSON object per row. Keys that are not known are ignored; a row that is not of the
 * set's shape is left out and named, since one bad row should not cost the others.
 */
export const rowReader =
  <Schema extends z.ZodType>(schema: Schema, toRow: (value: z.infer<Schema>) => LabelledRow): DatasetReader =>
  async (path) => {
    const { lines, hash } = await readJsonLines(path);
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
        rows.push(toRow(parsed.data));
      } catch (error) {
        skipped.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return { rows, skipped, hash };
  };

/** `split`, `split_swimmer`, ..: which split a row belongs to, by each way of splitting. */
export const splitColumns = (row: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(row).filter((entry): entry is [string, string] => {
      return entry[0].startsWith('split') && typeof entry[1] === 'string';
    }),
  );
