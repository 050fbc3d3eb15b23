import { z } from 'zod';
import type { LabelledRow } from './dataset.ts';
import { rowReader, splitColumns } from './rows.ts';

/**
 * Hand gestures over a proximity and light sensor (github weiserlab/TinyLLM, Apache-2.0).
 *
 * The set states no sampling rate. 25 Hz is ours: a window of 50 samples is then two seconds, about what
 * a double tap takes. Nothing that is learnt depends on it, but a live board must send at this pace.
 */
export const NOMINAL_GESTURE_RATE_HZ = 25;

const CHANNELS = {
  proximity: 'proximity',
  red: 'light.red',
  green: 'light.green',
  blue: 'light.blue',
} as const;

/** A sample that is missing is null. */
const samples = z.array(z.number().nullable()).min(1);
export const gestureSchema = z.looseObject({
  id: z.string(),
  label: z.string(),
  channels: z.looseObject({ proximity: samples, red: samples, green: samples, blue: samples }),
});

export const gestureRow = (value: z.infer<typeof gestureSchema>): LabelledRow => {
  const { id, label, channels } = value;
  const n = channels.proximity.length;
  const names = Object.keys(CHANNELS) as (keyof typeof CHANNELS)[];
  for (const name of names) {
    if (channels[name].length !== n)
      throw new Error(`${name} has ${channels[name].length} samples, proximity ${n}`);
  }
  const periodUs = 1e6 / NOMINAL_GESTURE_RATE_HZ;
  return {
    id,
    label,
    splits: splitColumns(value),
    recording: {
      id,
      board: 'light-sensor',
      channels: Object.values(CHANNELS),
      rateHz: NOMINAL_GESTURE_RATE_HZ,
      nominalRate: true,
      timesUs: Float64Array.from({ length: n }, (_, i) => i * periodUs),
      values: Float64Array.from({ length: n * names.length }, (_, k) => {
        return channels[names[k % names.length]!][Math.floor(k / names.length)] ?? Number.NaN;
      }),
      labels: [{ label, startUs: 0, endUs: n * periodUs }],
    },
  };
};

export const readGesture = rowReader(gestureSchema, gestureRow);
