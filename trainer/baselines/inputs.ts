import { type TaskSpec, windowUs } from '../../protocols/task.ts';
import type { Row } from '../../protocols/window.ts';
import type { LabelledRow } from '../datasets/dataset.ts';
import { quantile } from '../fit-quantisers.ts';
import { windowFeatures } from './features.ts';

/** What a classical method is shown of a window. */
export interface InputKind {
  readonly name: string;
  /** The task, on the time grid on which this input wants the window cut. */
  readonly grid: TaskSpec;
  of(rows: readonly Row[]): number[];
}

const FEWEST_ROWS = 4;

/**
 * Values: the resampled rows that the model's prompt is written from, before they are quantised to levels. Features: of the same
 * stretch of time at the rate of the board, where averaging down would take frequencies away from methods that can read them.
 * A single row has no course in time to take features of.
 * @param rows any of the data, to see how many samples a second its boards send
 */
export function inputKinds(spec: TaskSpec, rows: readonly LabelledRow[]): readonly InputKind[] {
  const values: InputKind = { name: 'rows', grid: spec, of: (steps) => steps.flatMap((step) => [...step]) };
  if (spec.window.rows < FEWEST_ROWS) return [values];
  const rates = rows.map(({ recording }) => recording.rateHz).sort((a, b) => a - b);
  return [values, { name: 'features', grid: atBoardRate(spec, quantile(rates, 0.5)), of: windowFeatures }];
}

/** The same window in steps of one sample. Unchanged where the board sends no more than the task's rate. */
export function atBoardRate(spec: TaskSpec, boardRateHz: number): TaskSpec {
  const { input, window } = spec;
  const spanS = windowUs(spec) / 1e6;
  const rows = Math.round(spanS * boardRateHz);
  if (input.kind !== 'rate' || rows <= window.rows) return spec;
  return { ...spec, input: { ...input, rateHz: rows / spanS }, window: { ...window, rows } };
}
