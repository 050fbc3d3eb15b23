import type { LabelledRow } from '../datasets/dataset.ts';
import { accuracy, confusionMatrix, type Scored } from '../metrics.ts';
import { rowWindow } from '../row-windows.ts';
import type { Baseline } from './train-baselines.ts';

/** What a trained classical method said of rows that it had not seen. */
export interface MethodAnswers {
  readonly name: string;
  /** To the rows in place, in their order. */
  readonly scored: readonly Scored[];
  /** Accuracy with every window moved by so many samples. */
  readonly shifts: Readonly<Record<string, number>>;
  /** Windows that it was trained on. */
  readonly windows: number;
  readonly trainMs: number;
}

/** @param shifts in samples; none where windows cannot be moved */
export function methodAnswers(
  { name, inputs, classifier, windows, trainMs }: Baseline,
  labels: readonly string[],
  rows: readonly LabelledRow[],
  shifts: readonly number[],
): MethodAnswers {
  const truths = rows.map(({ label }) => labels.indexOf(label));
  const answers = (shift: number): Scored[] => {
    const asked = rows.map((row) => inputs.of(rowWindow(inputs.grid, row, shift)));
    return classifier.probabilities(asked).map((probs, i) => ({ truth: truths[i]!, probs }));
  };
  const scored = answers(0);
  const shareAt = (shift: number): number =>
    accuracy(confusionMatrix(shift === 0 ? scored : answers(shift), labels.length));
  return {
    name,
    scored,
    shifts: Object.fromEntries(shifts.map((shift) => [shift, shareAt(shift)])),
    windows,
    trainMs,
  };
}
