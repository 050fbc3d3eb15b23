import { TinyError } from '../../protocols/errors.ts';
import type { Classifier, Learner } from './baseline.ts';
import { askedColumns, loadForests, taughtColumns } from './forest-library.ts';

type LearnerName = 'RandomForestLearner' | 'GradientBoostedTreesLearner';

/** 300 trees of depth 16 at most, square root of the inputs tried at each split (the library's own settings). */
export const randomForest: Learner = learner('random forest', 'RandomForestLearner');

/** At most 300 trees of depth 6; a tenth of the training windows says when to stop (the library's own settings). */
export const gradientBoosting: Learner = learner('gradient boosting', 'GradientBoostedTreesLearner');

/** Yggdrasil Decision Forests (Guillame-Bert et al., KDD 2023), as WebAssembly; it always starts from the same seed. */
function learner(name: string, learnerName: LearnerName): Learner {
  return {
    name,
    train: async (inputs, truths, labels): Promise<Classifier> => {
      if (new Set(truths).size < 2) {
        throw new TinyError(
          'the training rows have one label only',
          'a baseline needs rows of at least two labels',
        );
      }
      const ydf = await loadForests();
      const model = new ydf[learnerName]('label', 'CLASSIFICATION').train({
        ...taughtColumns(inputs),
        label: truths.map(String),
      });
      const known = model.getLabelClasses().map(Number);
      return {
        probabilities: (asked) => {
          const shares = model.predict(askedColumns(asked));
          return asked.map((_, window) => {
            const probs = new Array<number>(labels).fill(0);
            for (const [i, label] of known.entries()) probs[label] = shareOf(shares, window, i, known.length);
            return probs;
          });
        },
      };
    },
  };
}

/** (windows, labels) row-major; of two labels only the second is written. */
function shareOf(shares: readonly number[], window: number, label: number, labels: number): number {
  if (labels > 2) return shares[window * labels + label]!;
  return label === 1 ? shares[window]! : 1 - shares[window]!;
}
