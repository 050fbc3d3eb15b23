import { z } from 'zod';
import type { LabelledRow } from './dataset.ts';
import { rowReader, splitColumns } from './rows.ts';

/**
 * Digits drawn in the air with a wand (github petewarden/magic_wand_digit_data, Apache-2.0): the track of its tip, as
 * the wand computed it.
 *
 * Strokes have 32 to 145 points and no times at all. Every stroke is laid on the same second, so that one window of the
 * task holds one whole stroke however fast it was drawn: the model reads shapes. A board sends a finished stroke of n
 * points as one batch of `rateHz: n`.
 */
export const STROKE_SECONDS = 1;

const coordinates = z.array(z.number()).min(2);
export const wandDigitSchema = z.looseObject({
  id: z.string(),
  label: z.union([z.string(), z.int()]),
  x: coordinates,
  y: coordinates,
});

export const wandDigitRow = (value: z.infer<typeof wandDigitSchema>): LabelledRow => {
  const { id, x, y } = value;
  const n = x.length;
  if (y.length !== n) throw new Error(`y has ${y.length} points, x ${n}`);
  const label = String(value.label);
  const durationUs = STROKE_SECONDS * 1e6;
  return {
    id,
    label,
    splits: splitColumns(value),
    recording: {
      id,
      board: 'wand',
      channels: ['track.x', 'track.y'],
      rateHz: n / STROKE_SECONDS,
      nominalRate: true,
      timesUs: Float64Array.from({ length: n }, (_, i) => Math.round((i * durationUs) / n)),
      values: Float64Array.from({ length: 2 * n }, (_, k) => (k % 2 === 0 ? x : y)[k >> 1]!),
      labels: [{ label, startUs: 0, endUs: durationUs }],
    },
  };
};

export const readWandDigits = rowReader(wandDigitSchema, wandDigitRow);
