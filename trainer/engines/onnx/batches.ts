import type { ExampleSet } from '../../example-set.ts';
import type { BalanceSettings } from '../../finetune-settings.ts';
import { ExampleOrder } from './example-order.ts';
import { type LossOptions, LossPoints } from './loss-points.ts';
import type { TrainingBatch } from './training-session.ts';

/** What a recipe may ask of the batches beyond the plain ones. */
export interface BatchOptions extends LossOptions {
  readonly balance?: BalanceSettings;
}

/**
 * The batches of a training run. Batch `step` is a pure function of seed and step, so a resumed run sees what an
 * unbroken one would have. `ExampleOrder` says which examples, `LossPoints` what of them counts in the loss.
 */
export class Batches {
  readonly #set: ExampleSet;
  readonly #size: number;
  readonly #order: ExampleOrder;
  readonly #points: LossPoints;

  constructor(set: ExampleSet, size: number, seed: number, { balance, ...loss }: BatchOptions = {}) {
    this.#set = set;
    this.#size = size;
    this.#order = new ExampleOrder(set, seed, balance);
    this.#points = new LossPoints(set, loss);
  }

  /** Places in the loss of each sample. */
  get lossPositions(): number {
    return this.#points.most;
  }

  /** @param step from 0 */
  at(step: number): TrainingBatch {
    const { tokensPerExample: width, tokens, promptLength } = this.#set;
    const positions = this.lossPositions;
    const batch = {
      ids: new Int32Array(this.#size * width),
      lossRows: new Int32Array(this.#size * positions),
      targets: new Int32Array(this.#size * positions),
      weight: new Float32Array(this.#size * positions),
    };
    for (let b = 0; b < this.#size; b++) {
      const example = this.#order.at(step * this.#size + b);
      batch.ids.set(tokens.subarray(example * width, (example + 1) * width), b * width);
      const points = this.#points.of(example);
      // What an example has too few of reads its last prompt token and counts nothing.
      const none = { position: promptLength[example]! - 1, target: 0, weight: 0 };
      for (let k = 0; k < positions; k++) {
        const { position, target, weight } = points[k] ?? none;
        batch.lossRows[b * positions + k] = b * width + position;
        batch.targets[b * positions + k] = target;
        batch.weight[b * positions + k] = weight;
      }
    }
    return batch;
  }
}
