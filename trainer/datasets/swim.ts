import { dirname, join } from 'node:path';
import { z } from 'zod';
import { TinyError } from '../../protocols/errors.ts';
import type { Recording } from '../../protocols/recording.ts';
import { isFolder } from './data-files.ts';
import type { DatasetReader, LabelledRow } from './dataset.ts';
import { excerpt, IMU_CHANNELS, ImuRecordings, type ImuSamples, labelSpans } from './imu-recordings.ts';
import { readJsonLines } from './json-lines.ts';
import { rowsFrom, splitColumns } from './rows.ts';

/**
 * Swimming styles from a watch (github brunnergino/swimming-recognition-lap-counting; no licence is stated, so none of
 * its rows may be passed on).
 *
 * The source resampled everything to 30 Hz and writes `t` to the millisecond: steps of 33 and 34 ms in turn are that
 * rounding, no jitter. The grid is restored to the microsecond, so that three samples are exactly 100 ms, and a step
 * of the task never holds one sample more or less because of how a time was printed. A gap stays a gap.
 */
const RATE_HZ = 30;

const row = z.looseObject({
  id: z.string(),
  label: z.string(),
  recording: z.string(),
  start: z.int().min(0),
  n: z.int().min(1),
  swimmer: z.union([z.string(), z.number()]).optional(),
});

/** As the windows name them; what -1 and 6 mean is not documented. */
const STYLE_OF_CODE: Readonly<Record<string, string>> = {
  '0': 'transition',
  '1': 'freestyle',
  '2': 'breaststroke',
  '3': 'backstroke',
  '4': 'butterfly',
  '5': 'transition',
};

/** The answer that a code of a recording stands for. */
export const styleOfCode = (code: string): string | undefined => STYLE_OF_CODE[code.trim()];

/** @param path the folder with windows.jsonl.gz and recordings/, or a file of windows beside recordings/ */
export const readSwim: DatasetReader = async (path) => {
  const folder = join((await isFolder(path)) ? path : dirname(path), 'recordings');
  const recordings = await ImuRecordings.in(folder, swimRecording);
  if (recordings.size === 0) {
    throw new TinyError(
      `${folder} holds no recordings`,
      'the windows are cut from recordings/<recording>.csv.gz: give the folder that holds both with --data',
    );
  }
  const { lines, hash } = await readJsonLines(path);
  const found = await rowsFrom(lines, row, async (value): Promise<LabelledRow> => {
    const context = await recordings.get(value.recording);
    if (!context) throw new Error(`there is no recording ${value.recording} in ${folder}`);
    return swimRow(value, context);
  });
  return { ...found, hash: recordings.hashAfter(hash) };
};

/** A window of the recording `context`. */
export function swimRow(value: z.infer<typeof row>, context: Recording): LabelledRow {
  const { id, label, start, n, swimmer } = value;
  const splits = splitColumns(value);
  const bySwimmer = splits.split_swimmer;
  return {
    id,
    label,
    // Windows of one lap fall on both sides of split_random: whole swimmers are the honest way.
    splits: bySwimmer === undefined ? splits : { split: bySwimmer, ...splits },
    recording: {
      ...excerpt(context, id, start, n, label),
      ...(swimmer === undefined ? {} : { group: String(swimmer) }),
    },
    context,
  };
}

export function swimRecording({ name, timesS, values, labels }: ImuSamples): Recording {
  const timesUs = timesS.map((t) => Math.round((Math.round(t * RATE_HZ) * 1e6) / RATE_HZ));
  const late = timesUs.findIndex((timeUs, i) => i > 0 && timeUs <= timesUs[i - 1]!);
  if (late > 0)
    throw new Error(`sample ${late} of ${name} does not come 1/${RATE_HZ} s after the one before`);
  return {
    id: name,
    board: 'watch',
    channels: IMU_CHANNELS,
    rateHz: RATE_HZ,
    nominalRate: false,
    timesUs,
    values,
    labels: labelSpans(labels, timesUs, Math.round(1e6 / RATE_HZ), styleOfCode),
  };
}
