import { labelsOf } from '../../protocols/answers.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import type { LabelledRow } from '../datasets/dataset.ts';
import type { Classifier, Learner } from './baseline.ts';
import { gradientBoosting, randomForest } from './decision-forests.ts';
import { type InputKind, inputKinds } from './inputs.ts';
import type { Lessons } from './lessons.ts';
import { nearestNeighbours } from './nearest-neighbours.ts';

const LEARNERS: readonly Learner[] = [nearestNeighbours, randomForest, gradientBoosting];

/** A classical method that was trained on the training rows of the data which a model is judged on. */
export interface Baseline {
  readonly name: string;
  readonly inputs: InputKind;
  readonly classifier: Classifier;
  /** Windows that it was trained on. */
  readonly windows: number;
  readonly trainMs: number;
}

export interface BaselineOptions {
  /** Every method is trained on each of these for itself. */
  readonly lessons: readonly Lessons[];
  readonly signal?: AbortSignal;
  readonly onTrained?: (baseline: Baseline) => void;
}

/** Train every method on every kind of input. `rows`: the training split only. */
export async function trainBaselines(
  spec: TaskSpec,
  rows: readonly LabelledRow[],
  { lessons, signal, onTrained }: BaselineOptions,
): Promise<Baseline[]> {
  const labels = labelsOf(spec.answers);
  const kinds = inputKinds(spec, rows);
  const trained: Baseline[] = [];
  for (const { name: taught, of } of lessons) {
    const truths: number[] = [];
    const examples = kinds.map((): number[][] => []);
    for (const { row, on } of of(rows)) {
      signal?.throwIfAborted();
      truths.push(labels.indexOf(row.label));
      for (const [k, { grid, of: inputs }] of kinds.entries()) examples[k]!.push(inputs(on(grid)));
    }
    for (const [k, inputs] of kinds.entries()) {
      for (const learner of LEARNERS) {
        signal?.throwIfAborted();
        const startMs = performance.now();
        const classifier = await learner.train(examples[k]!, truths, labels.length);
        const trainMs = performance.now() - startMs;
        const name = `${learner.name} on ${inputs.name}${taught === '' ? '' : `, ${taught}`}`;
        const baseline = { name, inputs, classifier, windows: truths.length, trainMs };
        onTrained?.(baseline);
        trained.push(baseline);
      }
    }
  }
  return trained;
}
