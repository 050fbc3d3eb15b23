import { z } from 'zod';
import type { FileKind } from './data-files.ts';
import type { DatasetReader, LabelledRow } from './dataset.ts';
import { readJsonLines } from './json-lines.ts';
import { rowsFrom, splitColumns } from './rows.ts';

/**
 * Where a receiver is, by the signal strength of three transmitters (github
 * pspachos/RSSI-Dataset-for-Indoor-Localization-Fingerprinting; no licence is stated, so none of its rows may be
 * passed on). A row is the k-th reading of each transmitter: put together afterwards, not heard at one moment.
 */
const FINGERPRINTS: FileKind = {
  names: /^fingerprints.*\.jsonl(\.gz)?$/,
  described: 'fingerprints.jsonl or fingerprints.jsonl.gz',
};

/** The set gives no times. A second stands for each fingerprint. */
const NOMINAL_RATE_HZ = 1;
const CHANNELS = ['rssi.a', 'rssi.b', 'rssi.c'];

export const fingerprintSchema = z.looseObject({
  /** `WiFi` or `BLE`. */
  technology: z.string(),
  /** Number of the room. */
  scenario: z.int(),
  /** `test`: measured by the authors at places between the points of the database. */
  part: z.enum(['database', 'test']),
  point: z.int(),
  nearest_db_point: z.int().optional(),
  k: z.int(),
  /** Metres. */
  x: z.number(),
  y: z.number(),
  /** dBm. */
  A: z.number(),
  B: z.number(),
  C: z.number(),
});

/** The split of the authors' own test places. */
export const AUTHORS_TEST = 'authors-test';

/**
 * Tags: `room` (`WiFi-S3`) and `part`. The label is the point of the database where a row was measured, or, for the
 * authors' test places, the nearest one.
 */
export const readRssi: DatasetReader = async (path) => {
  const { lines, hash } = await readJsonLines(path, FINGERPRINTS);
  return { ...(await rowsFrom(lines, fingerprintSchema, fingerprint)), hash };
};

export function fingerprint(value: z.infer<typeof fingerprintSchema>): LabelledRow {
  const { technology, scenario, part, point, k, x, y, A, B, C } = value;
  const labelPoint = part === 'test' ? value.nearest_db_point : point;
  if (labelPoint === undefined) throw new Error('nearest_db_point is missing in a row of a test place');
  const label = String(labelPoint);
  const room = `${technology}-S${scenario}`;
  const place = `${room}-${part}-${point}`;
  const id = `${place}-${k}`;
  const splits = splitColumns(value);
  const split = part === 'test' ? AUTHORS_TEST : splits.split_time;
  return {
    id,
    label,
    numbers: { x, y },
    splits: split === undefined ? splits : { split, ...splits },
    tags: { room, part },
    recording: {
      id,
      board: 'beacon-scanner',
      channels: CHANNELS,
      rateHz: NOMINAL_RATE_HZ,
      nominalRate: true,
      group: place,
      timesUs: Float64Array.of(0),
      values: Float64Array.of(A, B, C),
      labels: [{ label, startUs: 0, endUs: 1e6 / NOMINAL_RATE_HZ }],
    },
  };
}
