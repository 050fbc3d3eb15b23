import { z } from 'zod';
import type { DatasetReader, LabelledRow } from './dataset.ts';
import { rowReader, splitColumns } from './rows.ts';

/** Where a device is, from one reading of its room sensors (github weiserlab/TinyLLM, Apache-2.0). */
const CHANNELS = {
  pressure: 'pressure',
  humidity_1: 'humidity.1',
  temperature: 'temperature',
  humidity_2: 'humidity.2',
  red: 'light.red',
  green: 'light.green',
  blue: 'light.blue',
  sound: 'sound',
} as const;

/** The set states no rate: rows are single readings. A second stands for each. */
const NOMINAL_RATE_HZ = 1;

export const localSchema = z.looseObject({
  id: z.string(),
  label: z.string(),
  session_guess: z.union([z.string(), z.number()]).optional(),
  values: z.looseObject(
    Object.fromEntries(Object.keys(CHANNELS).map((name) => [name, z.number().nullable()])) as Record<
      keyof typeof CHANNELS,
      z.ZodNullable<z.ZodNumber>
    >,
  ),
});

export const localRow = (value: z.infer<typeof localSchema>): LabelledRow => {
  const { id, label, values, session_guess: session } = value;
  const names = Object.keys(CHANNELS) as (keyof typeof CHANNELS)[];
  return {
    id,
    label,
    splits: splitColumns(value),
    recording: {
      id,
      board: 'room-sensor',
      channels: Object.values(CHANNELS),
      rateHz: NOMINAL_RATE_HZ,
      nominalRate: true,
      ...(session === undefined ? {} : { group: String(session) }),
      timesUs: Float64Array.of(0),
      values: Float64Array.from(names, (name) => values[name] ?? Number.NaN),
      labels: [{ label, startUs: 0, endUs: 1e6 / NOMINAL_RATE_HZ }],
    },
  };
};

const readRows = rowReader(localSchema, localRow);

export const readLocal: DatasetReader = async (path, options) => ({
  ...(await readRows(path, options)),
  groupsAreGuessed: true,
});
