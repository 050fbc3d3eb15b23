import type { Recording } from '../../protocols/recording.ts';
import type { CsvLayout, CsvLine } from './csv-lines.ts';
import { labelSpans } from './imu-recordings.ts';

const US_PER_UNIT = { s: 1e6, ms: 1e3, us: 1 } as const;
/** A step longer than this many usual ones is a gap, and says nothing about the rate. */
const GAP_STEPS = 5;

/** The lines of one recording as a stream that begins at 0. Throws `TinyError` where times do not ascend. */
export function csvRecording(lines: readonly CsvLine[], layout: CsvLayout): Recording {
  const { read, rateHz } = layout;
  const first = lines[0]!;
  const timesUs = rateHz === undefined ? statedTimesUs(lines, layout) : evenTimesUs(lines.length, rateHz);
  const measuredHz = rateHz ?? usualRateHz(timesUs);
  return {
    id: first.recording,
    board: 'table',
    channels: read.map(({ channel }) => channel),
    rateHz: measuredHz,
    nominalRate: false,
    group: first.group,
    timesUs,
    values: Float64Array.from(lines.flatMap(({ values }) => values)),
    labels: labelSpans(
      lines.map(({ label }) => label ?? ''),
      timesUs,
      Math.round(1e6 / measuredHz),
      (label) => (label === '' ? undefined : label),
    ),
  };
}

const evenTimesUs = (n: number, rateHz: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => Math.round((i * 1e6) / rateHz));

/** Samples with the same time, as loggers write them, are laid a microsecond apart: their order is what is known. */
function statedTimesUs(lines: readonly CsvLine[], { timeUnit }: CsvLayout): Float64Array {
  const stated = lines.map((line) => timeUs(line, timeUnit));
  const late = stated.findIndex((time, i) => i > 0 && time < stated[i - 1]!);
  if (late > 0) {
    lines[late]!.refuse(
      `time ${lines[late]!.time} is earlier than ${lines[late - 1]!.time} on the line before it`,
      'sort the lines by time; where the file holds several recordings, name the column that tells them apart: ' +
        '`csv: { recording: COLUMN }`',
    );
  }
  const timesUs = Float64Array.from(stated, (time) => time - stated[0]!);
  for (let i = 1; i < timesUs.length; i++) timesUs[i] = Math.max(timesUs[i]!, timesUs[i - 1]! + 1);
  return timesUs;
}

function timeUs({ time = '', refuse }: CsvLine, unit: CsvLayout['timeUnit']): number {
  const us =
    unit === 'iso' ? 1000 * Date.parse(time) : time === '' ? Number.NaN : Number(time) * US_PER_UNIT[unit];
  if (Number.isFinite(us)) return Math.round(us);
  return unit === 'iso'
    ? refuse(
        `"${time}" is no time`,
        'write times as 2026-05-01T12:00:00.040Z, or name their unit: `csv: { timeUnit: ms }`',
      )
    : refuse(
        `"${time}" is no time in ${unit}`,
        'write a number; dates and times of day are read with `csv: { timeUnit: iso }`',
      );
}

/** From the mean of the steps, as their median would carry the rounding of the times. One sample alone: 1 Hz. */
function usualRateHz(timesUs: Float64Array): number {
  const steps = Array.from(timesUs.subarray(1), (timeUs, i) => timeUs - timesUs[i]!).sort((a, b) => a - b);
  const apart = steps.filter((step) => step > 1);
  const median = apart[apart.length >> 1] ?? 1;
  const usual = steps.filter((step) => step <= GAP_STEPS * median);
  return usual.length === 0 ? 1 : (1e6 * usual.length) / usual.reduce((sum, step) => sum + step, 0);
}
