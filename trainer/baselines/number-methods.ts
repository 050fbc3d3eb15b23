import { numbersOf } from '../../protocols/answers.ts';
import { isRateTask, type TaskSpec } from '../../protocols/task.ts';
import type { Answered } from '../answered.ts';
import type { LabelledRow } from '../datasets/dataset.ts';
import { rowWindow } from '../row-windows.ts';
import { inputKinds } from './inputs.ts';
import { constantMean, type NumberLearner, nearestMean, regressionForest } from './regressor.ts';
import { meanCrossings, type RateEstimator, spectralPeak } from './signal-rates.ts';

const LEARNERS: readonly NumberLearner[] = [nearestMean, regressionForest];
const ESTIMATORS: readonly (readonly [name: string, estimate: RateEstimator])[] = [
  ['spectral peak', spectralPeak],
  ['mean crossings', meanCrossings],
];
/** Sets that hold more are thinned evenly: a forest of more takes minutes and is no better. */
const MOST_WINDOWS = 4000;

/** What a classical method for numbers said of rows that it had not seen. */
export interface NumberMethodAnswers {
  readonly name: string;
  /** In the order of the rows; a method has no distribution, so deviations are 0. */
  readonly answered: readonly Answered[];
  readonly trainMs: number;
}

/** Train every method that suits a task's numbers on its training rows, and ask each. None where it asks for none. */
export async function askNumberMethods(
  spec: TaskSpec,
  training: readonly LabelledRow[],
  asked: readonly LabelledRow[],
  signal?: AbortSignal,
): Promise<NumberMethodAnswers[]> {
  const numbers = numbersOf(spec.answers);
  if (numbers.length === 0) return [];
  const step = Math.max(1, training.length / MOST_WINDOWS);
  const taught = Array.from(
    { length: Math.floor(training.length / step) },
    (_, i) => training[Math.floor(i * step)]!,
  );
  const truthsOf = (name: string) => taught.map((row) => row.numbers![name]!);

  const methods: NumberMethodAnswers[] = [];
  const learn = async (name: string, learner: NumberLearner, inputs: number[][], questions: number[][]) => {
    signal?.throwIfAborted();
    const startMs = performance.now();
    const columns: number[][] = [];
    for (const number of numbers)
      columns.push((await learner.train(inputs, truthsOf(number.name)))(questions));
    methods.push({ name, answered: together(spec, asked, columns), trainMs: performance.now() - startMs });
  };
  for (const [k, kind] of inputKinds(spec, taught).entries()) {
    const cut = (rows: readonly LabelledRow[]) => rows.map((row) => kind.of(rowWindow(kind.grid, row, 0)));
    const [inputs, questions] = [cut(taught), cut(asked)];
    if (k === 0) await learn(constantMean.name, constantMean, inputs, questions);
    for (const learner of LEARNERS)
      await learn(`${learner.name} on ${kind.name}`, learner, inputs, questions);
  }
  return [...methods, ...estimated(spec, asked)];
}

/** Signal processing, for a task that asks for one rate a minute of one channel. */
function estimated(spec: TaskSpec, asked: readonly LabelledRow[]): NumberMethodAnswers[] {
  const numbers = numbersOf(spec.answers);
  const isRate = numbers.length === 1 && numbers[0]!.unit === '1/min';
  if (!isRate || !isRateTask(spec) || spec.input.channels.length !== 1) return [];
  const { rateHz } = spec.input;
  return ESTIMATORS.map(([name, estimate]) => {
    const rates = asked.map((row) =>
      estimate(
        rowWindow(spec, row, 0).map((values) => values[0]!),
        rateHz,
      ),
    );
    return { name, answered: together(spec, asked, [rates]), trainMs: 0 };
  });
}

/** @param columns (numbers, rows) */
const together = (
  spec: TaskSpec,
  rows: readonly LabelledRow[],
  columns: readonly (readonly number[])[],
): Answered[] =>
  rows.map((row, i) => ({
    numbers: numbersOf(spec.answers).map(({ name }, n) => ({
      ...{ truth: row.numbers![name]!, mean: columns[n]![i]!, sd: 0 },
    })),
  }));
