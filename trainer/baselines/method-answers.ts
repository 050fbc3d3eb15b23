import { labelsOf } from '../../protocols/answers.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import type { LabelledRow } from '../datasets/dataset.ts';
import { accuracy, confusionMatrix, type Scored } from '../metrics.ts';
import { rowWindow } from '../row-windows.ts';
import { type Baseline, type Method, trainBaselines } from './train-baselines.ts';

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

/** What methods are asked. */
export interface Questions {
  readonly rows: readonly LabelledRow[];
  /** Also with the window moved by so many samples; a snapshot cannot be moved. */
  readonly shifts: readonly number[];
}

export function methodAnswers(
  { name, inputs, classifier, windows, trainMs }: Baseline,
  spec: TaskSpec,
  { rows, shifts }: Questions,
): MethodAnswers {
  const labels = labelsOf(spec.answers);
  const moves = spec.input.kind === 'rate' ? shifts : [];
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
    shifts: Object.fromEntries(moves.map((shift) => [shift, shareAt(shift)])),
    windows,
    trainMs,
  };
}

/** Train methods and ask each; its model is then let go. `training` and `rows`: of different splits. */
export async function askMethods(
  spec: TaskSpec,
  training: readonly LabelledRow[],
  methods: readonly Method[],
  questions: Questions,
  signal?: AbortSignal,
): Promise<MethodAnswers[]> {
  const answers: MethodAnswers[] = [];
  for await (const baseline of trainBaselines(spec, training, methods, signal)) {
    answers.push(methodAnswers(baseline, spec, questions));
  }
  return answers;
}
