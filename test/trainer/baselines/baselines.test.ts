import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { openBundle } from '../../../model/bundle.ts';
import { RandomStream } from '../../../model/random.ts';
import { labelsOf } from '../../../protocols/answers.ts';
import type { TaskSpec } from '../../../protocols/task.ts';
import type { Learner } from '../../../trainer/baselines/baseline.ts';
import { bestBaseline, compareBaselines } from '../../../trainer/baselines/compare.ts';
import { gradientBoosting, randomForest } from '../../../trainer/baselines/decision-forests.ts';
import { inputKinds } from '../../../trainer/baselines/inputs.ts';
import { inPlace } from '../../../trainer/baselines/lessons.ts';
import { askMethods, Questions } from '../../../trainer/baselines/method-answers.ts';
import { nearestNeighbours } from '../../../trainer/baselines/nearest-neighbours.ts';
import { methodsFor } from '../../../trainer/baselines/train-baselines.ts';
import { distinct, type LabelledRow, rowsOfSplit } from '../../../trainer/datasets/dataset.ts';
import { readDataset } from '../../../trainer/datasets/registry.ts';
import { argMax } from '../../../trainer/metrics.ts';
import { rowWindow } from '../../../trainer/row-windows.ts';
import { REPOSITORY, requireData } from '../../tools.ts';

const LEARNERS = [nearestNeighbours, randomForest, gradientBoosting];

/** Two labels that differ in the first input, beside one of noise; some values are missing. */
function clouds(n: number): { inputs: number[][]; truths: number[] } {
  const random = RandomStream.seeded(3);
  const truths = Array.from({ length: n }, (_, i) => i % 2);
  const inputs = truths.map((truth, i) => [
    i % 10 === 9 ? Number.NaN : 4 * truth + random.normal(),
    random.normal(),
  ]);
  return { inputs, truths };
}

const shareRight = (probs: number[][], truths: readonly number[]): number =>
  probs.filter((row, i) => argMax(row) === truths[i]).length / probs.length;

describe.each(LEARNERS.map((learner): [string, Learner] => [learner.name, learner]))('%s', (_, learner) => {
  it('tells two clouds apart, values missing, and writes a probability for every label', async () => {
    const { inputs, truths } = clouds(200);
    const classifier = await learner.train(inputs, truths, 3);
    const probs = classifier.probabilities([
      [-1, 0],
      [5, 0],
      [Number.NaN, 0],
    ]);
    expect(argMax(probs[0]!)).toBe(0);
    expect(argMax(probs[1]!)).toBe(1);
    for (const row of probs) {
      expect(row).toHaveLength(3);
      expect(row[2]).toBe(0);
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    }
  });

  it('is the same at every run', async () => {
    const { inputs, truths } = clouds(60);
    const asked = clouds(20).inputs.map(([a, b]) => [b!, a!]);
    const [first, second] = [await learner.train(inputs, truths, 2), await learner.train(inputs, truths, 2)];
    expect(first.probabilities(asked)).toEqual(second.probabilities(asked));
  });
});

it('a forest leaves nothing behind in the process', async () => {
  const listeners = () =>
    ['uncaughtException', 'unhandledRejection'].map((event) => process.listenerCount(event));
  const before = listeners();
  const { inputs, truths } = clouds(20);
  await randomForest.train(inputs, truths, 2);
  expect(listeners()).toEqual(before);
});

it('a forest refuses rows of one label', async () => {
  await expect(randomForest.train([[1], [2]], [0, 0], 2)).rejects.toThrow('one label only');
});

describe('on the shared data', () => {
  const read = async (name: 'gesture' | 'local', test: TestContext) => {
    const { rows } = await readDataset(name, requireData(name, test));
    const { spec } = (await openBundle(join(REPOSITORY, 'models', name))).manifest.task;
    return { spec, training: rowsOfSplit(rows, 'train'), tested: distinct(rowsOfSplit(rows, 'test')) };
  };
  const truthsOf = (rows: readonly LabelledRow[], { answers }: TaskSpec) =>
    rows.map(({ label }) => labelsOf(answers).indexOf(label));

  it('kNN on the raw samples of a gesture is right about as often as scikit-learn was measured, .800', async (test) => {
    const { spec, training, tested } = await read('gesture', test);
    // Rows have 50 or 51 samples of four channels.
    const inputs = (rows: readonly LabelledRow[]) =>
      rows.map(({ recording }) => [...recording.values.subarray(0, 200)]);
    const knn = await nearestNeighbours.train(inputs(training), truthsOf(training, spec), 3);
    const share = shareRight(knn.probabilities(inputs(tested)), truthsOf(tested, spec));
    expect(Math.abs(share - 0.8)).toBeLessThan(0.025);
  });

  it('a forest on the rows of a gesture learns positions: nearly all right in place, few when moved', async (test) => {
    const { spec, training, tested } = await read('gesture', test);
    const [values] = inputKinds(spec, training);
    const inputs = (rows: readonly LabelledRow[], shift: number) =>
      rows.map((row) => values!.of(rowWindow(spec, row, shift)));
    const forest = await randomForest.train(inputs(training, 0), truthsOf(training, spec), 3);
    const share = (shift: number) =>
      shareRight(forest.probabilities(inputs(tested, shift)), truthsOf(tested, spec));
    expect(share(0)).toBeGreaterThan(0.92);
    expect(share(-5)).toBeLessThan(0.62);
    expect(share(5)).toBeLessThan(0.62);
  });

  it('local: kNN .959 and forest 1.000, as scikit-learn was measured, beside a model that says one label', async (test) => {
    const { spec, training, tested } = await read('local', test);
    const truths = truthsOf(tested, spec);
    const methods = methodsFor(spec, training, [inPlace(spec, [-1, 0, 1])]);
    const reports = compareBaselines(
      await askMethods(spec, training, methods, new Questions(spec, tested, [-1, 1])),
      {
        scored: truths.map((truth) => ({ truth, probs: [1, 0, 0] })),
        labels: 3,
      },
    );
    // A snapshot is one row: there is nothing to take features of, nor to move.
    expect(bestBaseline(reports)!.name).toBe('random forest on rows');
    expect(reports.map(({ name }) => name)).toEqual([
      'kNN (5) on rows',
      'random forest on rows',
      'gradient boosting on rows',
    ]);
    const [knn, forest] = reports;
    expect(knn!.accuracy).toBeCloseTo(47 / 49, 12);
    expect(forest).toMatchObject({ accuracy: 1, macroF1: 1, shifts: null, shiftMean: null });
    expect(forest!.ci95.accuracy).toEqual([1, 1]);
    const first = truths.filter((truth) => truth === 0).length / truths.length;
    expect(forest!.modelMinusThis.accuracy.value).toBeCloseTo(first - 1, 12);
    expect(forest!.modelMinusThis.accuracy.ci95[1]).toBeLessThan(0);
  });
});
