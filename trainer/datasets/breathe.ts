import { z } from 'zod';
import type { LabelledRow } from './dataset.ts';
import { rowReader, splitColumns } from './rows.ts';

/**
 * Breathing rate from chest movement (github weiserlab/TinyLLM, Apache-2.0).
 *
 * The source says "31.8 Hz over approximately 30 seconds" of 477 samples, which contradicts itself: 477 / 30 s is
 * 15.9 Hz, and only with that does the strongest frequency of every signal agree with its label; with 31.8 Hz it is
 * twice the label.
 */
export const BREATHE_RATE_HZ = 15.9;

export const breatheSchema = z.looseObject({
  id: z.string(),
  /** Breaths per minute. */
  label: z.number().positive(),
  values: z.array(z.number()).min(1),
});

export const breatheRow = (value: z.infer<typeof breatheSchema>): LabelledRow => {
  const { id, values } = value;
  const label = String(value.label);
  return {
    id,
    label,
    numbers: { breathingRate: value.label },
    splits: splitColumns(value),
    recording: {
      id,
      board: 'chest-sensor',
      channels: ['chest'],
      rateHz: BREATHE_RATE_HZ,
      nominalRate: true,
      timesUs: Float64Array.from(values, (_, i) => Math.round((i * 1e6) / BREATHE_RATE_HZ)),
      values: Float64Array.from(values),
      labels: [{ label, startUs: 0, endUs: Math.round((values.length * 1e6) / BREATHE_RATE_HZ) }],
    },
  };
};

export const readBreathe = rowReader(breatheSchema, breatheRow);
