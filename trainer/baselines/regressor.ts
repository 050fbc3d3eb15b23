import type { Inputs } from './baseline.ts';
import { askedColumns, loadForests, taughtColumns } from './forest-library.ts';
import { NEIGHBOURS, standardiser } from './nearest-neighbours.ts';

/** A classical method for one number, trained: windows -> the number, in its unit. */
export type Regressor = (inputs: Inputs) => number[];

/** How a classical method for numbers is trained. The same examples in the same order give the same regressor. */
export interface NumberLearner {
  readonly name: string;
  /** @param truths the number of each window */
  train(inputs: Inputs, truths: readonly number[]): Promise<Regressor>;
}

/** The mean of the k nearest windows in standardised inputs. The library for classes does not tell which they are. */
export const nearestMean: NumberLearner = {
  name: `kNN (${NEIGHBOURS})`,
  train: async (inputs, truths) => {
    const standardise = standardiser(inputs);
    const known = standardise(inputs);
    return (asked) =>
      standardise(asked).map((window) => {
        const distances = known.map((other) => other.reduce((sum, v, i) => sum + (v - window[i]!) ** 2, 0));
        const nearest = [...known.keys()].sort((a, b) => distances[a]! - distances[b]!).slice(0, NEIGHBOURS);
        return meanOf(nearest.map((i) => truths[i]!));
      });
  },
};

/** 300 trees (the library's own settings); see decision-forests.ts. */
export const regressionForest: NumberLearner = {
  name: 'random forest',
  train: async (inputs, truths) => {
    const { RandomForestLearner } = await loadForests();
    const model = new RandomForestLearner('label', 'REGRESSION').train({
      ...taughtColumns(inputs),
      label: [...truths],
    });
    return (asked) => [...model.predict(askedColumns(asked))];
  },
};

/** What a method that looks at nothing says: the mean of the training windows. */
export const constantMean: NumberLearner = {
  name: 'mean of training',
  train: async (_, truths) => {
    const mean = meanOf(truths);
    return (asked) => asked.map(() => mean);
  },
};

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
