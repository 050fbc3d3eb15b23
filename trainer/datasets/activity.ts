import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Recording } from '../../protocols/recording.ts';
import { isFolder } from './data-files.ts';
import type { DatasetReader, LabelledRow } from './dataset.ts';
import { IMU_CHANNELS, ImuRecordings, type ImuSamples, labelSpans } from './imu-recordings.ts';
import { readJsonLines } from './json-lines.ts';
import { rowsFrom, splitColumns } from './rows.ts';

/**
 * Sitting, standing up, walking, turning, sitting down, by watch and by phone (github GeoTecINIT/sp-sw-har-dataset,
 * CC BY 4.0).
 *
 * Rows hold samples without times. They are laid on a grid at the rate that the source's time stamps have in the
 * median, not on a round 100 Hz: a live watch is windowed by its own clock, and on a grid 4 % too slow every movement
 * would be 4 % too long.
 */
const DEVICES = {
  sw: { board: 'watch', rateHz: 104.3 },
  sp: { board: 'phone', rateHz: 102.5 },
} as const;

export type DeviceName = keyof typeof DEVICES;
export const DEVICE_NAMES = Object.keys(DEVICES) as DeviceName[];

/** Where the rows name no split: whole subjects, as in the published windows. */
const TEST_SUBJECTS: readonly string[] = ['s03', 's08', 's13', 's20'];
const VALIDATION_SUBJECTS: readonly string[] = ['s06', 's16'];

const axis = z.array(z.number()).min(1);
const triple = z.tuple([axis, axis, axis]);
const row = z.looseObject({
  id: z.string(),
  label: z.string(),
  subject: z.string(),
  device: z.enum(['sw', 'sp']),
  recording: z.string().optional(),
  /** Which sample of the recording is the row's first. */
  start: z.int().min(0).default(0),
  acc: triple,
  gyro: triple,
});

/** @param path a file of windows or its folder; the watch's recordings/ beside it become the rows' context */
export const readActivity: DatasetReader = async (path) => {
  const folder = join((await isFolder(path)) ? path : dirname(path), 'recordings');
  const recordings = await ImuRecordings.in(folder, (samples) => activityRecording(samples, 'sw'));
  const { lines, hash } = await readJsonLines(path);
  const found = await rowsFrom(lines, row, async (value): Promise<LabelledRow> => {
    return activityRow(
      value,
      value.recording === undefined ? undefined : await recordings.get(value.recording),
    );
  });
  return { ...found, hash: recordings.hashAfter(hash) };
};

/** A window, and the recording in which it lies where that is known and long enough. */
export function activityRow(value: z.infer<typeof row>, context: Recording | undefined): LabelledRow {
  const recording = rowRecording(value);
  const reachesRow = context && context.timesUs.length >= value.start + recording.timesUs.length;
  return {
    id: value.id,
    label: value.label,
    splits: { split: splitOf(value.subject), ...splitColumns(value) },
    tags: { device: value.device },
    recording,
    ...(reachesRow ? { context } : {}),
  };
}

function rowRecording({ id, label, subject, device, start, acc, gyro }: z.infer<typeof row>): Recording {
  const axes = [...acc, ...gyro];
  const n = axes[0]!.length;
  const uneven = axes.findIndex(({ length }) => length !== n);
  if (uneven >= 0) {
    throw new Error(`${IMU_CHANNELS[uneven]} has ${axes[uneven]!.length} samples, ${IMU_CHANNELS[0]} ${n}`);
  }
  const { board, rateHz } = DEVICES[device];
  const timesUs = Float64Array.from({ length: n }, (_, i) => sampleTimeUs(start + i, rateHz));
  return {
    id,
    board,
    channels: IMU_CHANNELS,
    rateHz,
    nominalRate: false,
    group: subject,
    timesUs,
    values: Float64Array.from({ length: n * axes.length }, (_, k) => {
      return axes[k % axes.length]![Math.floor(k / axes.length)]!;
    }),
    labels: [{ label, startUs: timesUs[0]!, endUs: sampleTimeUs(start + n, rateHz) }],
  };
}

/** On the rows' grid, sample by sample: the rows say at which sample they begin, not when. */
export function activityRecording(
  { name, timesS, values, labels }: ImuSamples,
  device: DeviceName,
): Recording {
  const { board, rateHz } = DEVICES[device];
  const timesUs = Float64Array.from(timesS, (_, i) => sampleTimeUs(i, rateHz));
  return {
    id: name,
    board,
    channels: IMU_CHANNELS,
    rateHz,
    nominalRate: false,
    timesUs,
    values,
    labels: labelSpans(labels, timesUs, Math.round(1e6 / rateHz), (label) => label.toLowerCase()),
  };
}

const sampleTimeUs = (i: number, rateHz: number): number => Math.round((i * 1e6) / rateHz);

const splitOf = (subject: string): string =>
  TEST_SUBJECTS.includes(subject) ? 'test' : VALIDATION_SUBJECTS.includes(subject) ? 'validation' : 'train';
