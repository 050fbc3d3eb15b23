import { TinyError } from '../../protocols/errors.ts';
import type { Classifier, Inputs, Learner } from './baseline.ts';

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
      const ydf = await loadLibrary();
      const model = new ydf[learnerName]('label', 'CLASSIFICATION').train({
        ...columns(inputs),
        label: truths.map(String),
      });
      const known = model.getLabelClasses().map(Number);
      return {
        probabilities: (asked) => {
          const shares = model.predict(columns(asked, null));
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

const PROCESS_EVENTS = ['uncaughtException', 'unhandledRejection'];

/**
 * Afresh for each training, so that a forest's memory goes with it. At every load Emscripten hooks into the process, by which it
 * would hold that memory for good and answer for errors that are not its own: it is unhooked.
 */
async function loadLibrary() {
  const { default: load } = await import('ydf-training');
  const known = new Set(PROCESS_EVENTS.flatMap((event) => process.rawListeners(event)));
  const ydf = await load({ print: () => {}, printErr: () => {} });
  for (const event of PROCESS_EVENTS) {
    for (const listener of process.rawListeners(event)) {
      if (!known.has(listener)) process.off(event, listener as () => void);
    }
  }
  return ydf;
}

/** (windows, labels) row-major; of two labels only the second is written. */
function shareOf(shares: readonly number[], window: number, label: number, labels: number): number {
  if (labels > 2) return shares[window * labels + label]!;
  return label === 1 ? shares[window]! : 1 - shares[window]!;
}

/** Inputs by column. The library's training wants NaN where a value is missing, its prediction null. */
export function columns<Missing extends null>(
  inputs: Inputs,
  missing?: Missing,
): Record<string, (number | Missing)[]> {
  return Object.fromEntries(
    inputs[0]!.map((_, i) => [
      `x${i}`,
      inputs.map((row) => (missing === null && Number.isNaN(row[i]!) ? missing : row[i]!)),
    ]),
  );
}
