import type { TaskSpec } from '../../protocols/task.ts';
import type { LabelledRow } from '../datasets/dataset.ts';
import { rowWindow } from '../row-windows.ts';
import type { Classifier } from './baseline.ts';
import { gradientBoosting, randomForest } from './decision-forests.ts';
import { type InputKind, inputKinds } from './inputs.ts';
import { nearestNeighbours } from './nearest-neighbours.ts';

const LEARNERS = [nearestNeighbours, randomForest, gradientBoosting];

/** A classical method that was trained on the training rows of the data which a model is judged on. */
export interface Baseline {
  readonly name: string;
  readonly inputs: InputKind;
  readonly classifier: Classifier;
  readonly trainMs: number;
}

export interface BaselineOptions {
  /** Every training row once for each of these shifts in samples; [0] trains on windows in place. */
  readonly shifts: readonly number[];
  readonly signal?: AbortSignal;
}

/** Train every method on every kind of input. `rows`: the training split only. */
export async function trainBaselines(
  spec: TaskSpec,
  rows: readonly LabelledRow[],
  { shifts, signal }: BaselineOptions,
): Promise<Baseline[]> {
  const { labels } = spec.answers;
  // A snapshot has no course to move along: its copies would only vote twice.
  const moves = spec.input.kind === 'rate' ? shifts : [0];
  const windows = moves.flatMap((shift) => rows.map((row) => rowWindow(spec, row, shift)));
  const truths = moves.flatMap(() => rows.map(({ label }) => labels.indexOf(label)));
  const trained: Baseline[] = [];
  for (const inputs of inputKinds(spec)) {
    const examples = windows.map((window) => inputs.of(window));
    for (const learner of LEARNERS) {
      signal?.throwIfAborted();
      const startMs = performance.now();
      const classifier = await learner.train(examples, truths, labels.length);
      const trainMs = performance.now() - startMs;
      trained.push({ name: `${learner.name} on ${inputs.name}`, inputs, classifier, trainMs });
    }
  }
  return trained;
}
