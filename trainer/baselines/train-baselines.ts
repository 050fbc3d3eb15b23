import { labelsOf } from '../../protocols/answers.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import type { LabelledRow } from '../datasets/dataset.ts';
import type { Classifier, Learner } from './baseline.ts';
import { gradientBoosting, randomForest } from './decision-forests.ts';
import { type InputKind, inputKinds } from './inputs.ts';
import type { Lessons } from './lessons.ts';
import { nearestNeighbours } from './nearest-neighbours.ts';

const LEARNERS: readonly Learner[] = [nearestNeighbours, randomForest, gradientBoosting];

/** A classical method before it is trained: which library's, on which inputs, taught by which windows. */
export interface Method {
  readonly name: string;
  readonly learner: Learner;
  readonly inputs: InputKind;
  readonly lessons: Lessons;
}

/** A classical method that was trained on the training rows of the data which a model is judged on. */
export interface Baseline {
  readonly name: string;
  readonly inputs: InputKind;
  readonly classifier: Classifier;
  /** Windows that it was trained on. */
  readonly windows: number;
  readonly trainMs: number;
}

/** Every method on every kind of input, taught by each of the lessons for itself. `rows`: the training split. */
export const methodsFor = (
  spec: TaskSpec,
  rows: readonly LabelledRow[],
  lessons: readonly Lessons[],
): Method[] =>
  lessons.flatMap((taught) =>
    inputKinds(spec, rows).flatMap((inputs) =>
      LEARNERS.map((learner) => ({
        name: `${learner.name} on ${inputs.name}${taught.name === '' ? '' : `, ${taught.name}`}`,
        learner,
        inputs,
        lessons: taught,
      })),
    ),
  );

/** Train methods, one after another. `rows`: the training split only. */
export async function* trainBaselines(
  spec: TaskSpec,
  rows: readonly LabelledRow[],
  methods: readonly Method[],
  signal?: AbortSignal,
): AsyncGenerator<Baseline> {
  const labels = labelsOf(spec.answers);
  for (const lessons of new Set(methods.map((method) => method.lessons))) {
    const taught = methods.filter((method) => method.lessons === lessons);
    const kinds = [...new Set(taught.map(({ inputs }) => inputs))];
    const examples = new Map(kinds.map((kind): [InputKind, number[][]] => [kind, []]));
    const truths: number[] = [];
    for (const { row, on } of lessons.of(rows)) {
      signal?.throwIfAborted();
      truths.push(labels.indexOf(row.label));
      for (const [kind, own] of examples) own.push(kind.of(on(kind.grid)));
    }
    for (const { name, learner, inputs } of taught) {
      signal?.throwIfAborted();
      const startMs = performance.now();
      const classifier = await learner.train(examples.get(inputs)!, truths, labels.length);
      yield { name, inputs, classifier, windows: truths.length, trainMs: performance.now() - startMs };
    }
  }
}
