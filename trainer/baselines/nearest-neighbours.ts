import type { Inputs, Learner } from './baseline.ts';

/** k, for labels and for numbers. */
export const NEIGHBOURS = 5;

/** k nearest neighbours in standardised inputs; a missing value lies at the training mean. */
export const nearestNeighbours: Learner = {
  name: `kNN (${NEIGHBOURS})`,
  train: async (inputs, truths, labels) => {
    const { default: KNN } = await import('ml-knn');
    const standardise = standardiser(inputs);
    const k = Math.min(NEIGHBOURS, inputs.length);
    const neighbours = new KNN(standardise(inputs), [...truths], { k });
    return {
      probabilities: (asked) =>
        neighbours
          .predict(standardise(asked))
          .map((answer) => Array.from({ length: labels }, (_, label) => (label === answer ? 1 : 0))),
    };
  },
};

/** Mean 0 and deviation 1 over the training windows. An input that never varies stays 0 there. */
export function standardiser(training: Inputs): (inputs: Inputs) => number[][] {
  const scales = training[0]!.map((_, i) => {
    const values = training.map((row) => row[i]!).filter((value) => !Number.isNaN(value));
    const mean = values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, values.length);
    return { mean, deviation: Math.sqrt(variance) || 1 };
  });
  return (inputs) =>
    inputs.map((row) =>
      row.map((value, i) => (Number.isNaN(value) ? 0 : (value - scales[i]!.mean) / scales[i]!.deviation)),
    );
}
