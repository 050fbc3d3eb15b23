import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { damagedFile, readDataFile } from '../data-files.ts';
import type { JsonLine } from '../json-lines.ts';
import { rowsFrom } from '../rows.ts';
import { wandDigitRow, wandDigitSchema } from '../wand-digits.ts';
import { namesIn, placeWith, rounded, type SourceLayout } from './source-layout.ts';

const stroke = z.looseObject({
  label: z.string(),
  strokePoints: z.array(z.looseObject({ x: z.number(), y: z.number() })),
});
const recorded = z.looseObject({ strokes: z.array(stroke) });

/**
 * Digits drawn in the air as their author publishes them (github petewarden/magic_wand_digit_data, Apache-2.0): a JSON
 * file of strokes a digit. It names no split, and the one of the set's own layout was drawn at random; here every tenth
 * stroke, counted from the eighth, is for validation, every ninth and tenth for the test.
 */
export const wandDigitsSource: SourceLayout = {
  find: (path) => placeWith(path, [''], (names) => names.some(isDigitFile)),
  async read(folder) {
    const hash = createHash('sha256');
    const lines: JsonLine[] = [];
    for (const name of (await namesIn(folder)).filter(isDigitFile)) {
      const file = join(folder, name);
      const { bytes, text } = await readDataFile(file);
      hash.update(bytes);
      for (const [i, { label, strokePoints }] of strokesIn(file, text).entries()) {
        const value = {
          id: `mw-${String(lines.length).padStart(4, '0')}`,
          label,
          split: SPLIT_OF_TEN[i % SPLIT_OF_TEN.length],
          x: strokePoints.map(({ x }) => rounded(x, 4)),
          y: strokePoints.map(({ y }) => rounded(y, 4)),
        };
        lines.push({ where: `${file}: stroke ${i}`, value });
      }
    }
    return { ...(await rowsFrom(lines, wandDigitSchema, wandDigitRow)), hash: hash.digest('hex') };
  },
};

const isDigitFile = (name: string): boolean => /^petewarden_\d\.json$/.test(name);

const SPLIT_OF_TEN = [...Array<string>(7).fill('train'), 'validation', 'test', 'test'] as const;

function strokesIn(file: string, text: string): z.infer<typeof stroke>[] {
  try {
    return recorded.parse(JSON.parse(text)).strokes;
  } catch (cause) {
    throw damagedFile(file, cause);
  }
}
