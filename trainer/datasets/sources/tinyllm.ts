import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { z } from 'zod';
import { breatheRow, breatheSchema } from '../breathe.ts';
import { readDataFile } from '../data-files.ts';
import { SPLITS } from '../dataset.ts';
import { gestureRow, gestureSchema } from '../gesture.ts';
import type { JsonLine } from '../json-lines.ts';
import { localRow, localSchema } from '../local.ts';
import { rowsFrom, type ToRow } from '../rows.ts';
import { parseQuotedCsv } from './quoted-csv.ts';
import { placeWith, type SourceLayout } from './source-layout.ts';

/**
 * The three in-house sets of the TinyLLM paper (github weiserlab/TinyLLM, Datasets/<name>/data, Apache-2.0): train.csv,
 * validation.csv and test.csv with a column `input`, the text that the paper's model reads, and `output`, its answer.
 * A split is a file; test rows are repeated there, and count once where a model is judged.
 */
function tinyllmSet<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  toRow: ToRow<Schema>,
  parsed: (input: string, output: string) => object,
): SourceLayout {
  return {
    find: (path) =>
      placeWith(path, ['', 'data', join('Datasets', name, 'data')], (names) =>
        SPLITS.every((split) => names.includes(`${split}.csv`)),
      ),
    async read(folder) {
      const hash = createHash('sha256');
      const lines: JsonLine[] = [];
      for (const split of SPLITS) {
        const file = join(folder, `${split}.csv`);
        const { bytes, text } = await readDataFile(file);
        hash.update(bytes);
        for (const [i, { line, fields }] of parseQuotedCsv(file, text, ['input', 'output']).entries()) {
          const id = `${name}-${split}-${String(i).padStart(4, '0')}`;
          lines.push({
            where: `${file}:${line}`,
            value: { id, split, ...parsed(fields.input!, fields.output!.trim()) },
          });
        }
      }
      return { ...(await rowsFrom(lines, schema, toRow)), hash: hash.digest('hex') };
    },
  };
}

/** Four lines, `Proximity: [255, 254, ..]` and so on. */
export const gestureSource = tinyllmSet('gesture', gestureSchema, gestureRow, (input, label) => {
  const lines = [...input.matchAll(/^(\w+): \[(.*)\]$/gm)];
  return {
    label,
    channels: Object.fromEntries(
      lines.map(([, name, samples]) => [name!.toLowerCase(), samples!.split(',').map(Number)]),
    ),
  };
});

/** In the order of the source: hPa, %, degC, %, three light counts, sound count. */
const LOCAL_VALUES = ['pressure', 'humidity_1', 'temperature', 'humidity_2', 'red', 'green', 'blue', 'sound'];

/** One line of eight numbers. Which session a row belongs to is a guess of ours, and not in the source. */
export const localSource = tinyllmSet('local', localSchema, localRow, (input, label) => {
  const numbers = input.split(',').map(Number);
  return { label, values: Object.fromEntries(LOCAL_VALUES.map((name, i) => [name, numbers[i]])) };
});

/** One line of numbers between 0 and 100, and the rate with all its digits. */
export const breatheSource = tinyllmSet('breathe', breatheSchema, breatheRow, (input, rate) => ({
  label: Number(rate),
  values: input.trim().split(/\s+/).map(Number),
}));
