import type { Recording } from '../../protocols/recording.ts';
import { isRateTask, type TaskSpec, toUs, windowUs } from '../../protocols/task.ts';
import type { LabelledRow } from './dataset.ts';
import { excerpt } from './imu-recordings.ts';

/** Samples [from, to) of a recording with one answer. */
export interface LabelRun extends Pick<LabelledRow, 'label' | 'numbers' | 'splits'> {
  readonly from: number;
  readonly to: number;
  /** Names the row whose first sample of the run is this one: where a person finds it in their file. */
  idAt(sample: number): string;
}

export interface CutRuns {
  readonly rows: readonly LabelledRow[];
  /** Runs in which the answer holds for less than half a window: what a window there shows is mostly something else. */
  readonly tooShort: readonly LabelRun[];
}

/**
 * Runs -> rows of a window each, side by side; the recording around them is their context, so that a window which is
 * moved reads what was measured there. A run that a window overhangs, but fills at least half of, is one row with the run
 * in its middle. No row has a gap inside. What opens by a trigger is one row for each run, whatever its length.
 */
export function cutRuns(spec: TaskSpec, recording: Recording, runs: readonly LabelRun[]): CutRuns {
  const rows: LabelledRow[] = [];
  const tooShort: LabelRun[] = [];
  const stretches = gaplessStretches(spec, recording);
  for (const whole of runs) {
    for (const stretch of stretches) {
      const run = { ...whole, from: Math.max(whole.from, stretch.from), to: Math.min(whole.to, stretch.to) };
      if (run.from >= run.to) continue;
      const pieces = spec.window.trigger ? [run] : sideBySide(run, stretch, windowSamples(spec, recording));
      if (pieces.length === 0) tooShort.push(run);
      for (const { from, to } of pieces) {
        const { label, numbers, splits } = run;
        const id = run.idAt(Math.max(from, run.from));
        rows.push({
          id,
          label,
          ...(numbers && { numbers }),
          splits,
          recording: excerpt(recording, id, from, to - from, label),
          context: recording,
        });
      }
    }
  }
  return { rows, tooShort };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Samples that a window of the task spans; one for a snapshot. */
const windowSamples = (spec: TaskSpec, { rateHz }: Recording): number =>
  Math.max(1, Math.round((windowUs(spec) * rateHz) / 1e6));

function sideBySide({ from, to }: Span, stretch: Span, length: number): Span[] {
  const n = to - from;
  if (n >= length) {
    const count = Math.floor(n / length);
    const spare = n - count * length;
    return Array.from({ length: count }, (_, i) => {
      const start = from + i * length + Math.round((spare * (i + 0.5)) / count);
      return { from: start, to: start + length };
    });
  }
  if (2 * n < length || stretch.to - stretch.from < length) return [];
  const centred = from - Math.floor((length - n) / 2);
  const start = Math.min(Math.max(centred, stretch.from), stretch.to - length);
  return [{ from: start, to: start + length }];
}

/** The recording between its gaps: a window never reaches over one that the task does not allow. */
function gaplessStretches(spec: TaskSpec, { timesUs }: Recording): Span[] {
  const maxGapUs = isRateTask(spec) ? toUs(spec.input.maxGapMs) : Number.POSITIVE_INFINITY;
  const stretches: Span[] = [];
  let from = 0;
  for (let i = 1; i <= timesUs.length; i++) {
    if (i < timesUs.length && timesUs[i]! - timesUs[i - 1]! <= maxGapUs) continue;
    stretches.push({ from, to: i });
    from = i;
  }
  return stretches;
}

/** One line for all runs that gave no row; nothing where there are none. */
export function tooShortNote(tooShort: readonly LabelRun[], spec: TaskSpec): string[] {
  if (tooShort.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { label } of tooShort) counts.set(label, (counts.get(label) ?? 0) + 1);
  const byLabel = [...counts].map(([label, n]) => `${n} of ${label}`).join(', ');
  return [
    `${tooShort.length} stretches shorter than half a window (${windowUs(spec) / 2e6} s): ${byLabel}; the first is ${tooShort[0]!.idAt(tooShort[0]!.from)}`,
  ];
}
