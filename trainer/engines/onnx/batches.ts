import { RandomStream } from '../../../model/random.ts';
import type { EarlyLoss } from '../../early-loss.ts';
import { type ExampleSet, exampleCount } from '../../example-set.ts';
import { LossPoints } from './loss-points.ts';
import type { TrainingBatch } from './training-session.ts';

/**
 * The batches of a training run. Each pass goes through all examples in an order of its own; batch `step` is a pure
 * function of seed and step, so a resumed run sees what an unbroken one would have. What of an example counts in the loss: `LossPoints`.
 */
export class Batches {
  readonly #set: ExampleSet;
  readonly #size: number;
  readonly #random: RandomStream;
  readonly #points: LossPoints;
  #epoch = -1;
  #order: Int32Array = new Int32Array();

  constructor(set: ExampleSet, size: number, seed: number, { early }: { early?: EarlyLoss } = {}) {
    this.#set = set;
    this.#size = size;
    this.#random = RandomStream.seeded(seed).fork('batches');
    this.#points = new LossPoints(set, early);
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
      const example = this.#example(step * this.#size + b);
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

  #example(drawn: number): number {
    const n = exampleCount(this.#set);
    const epoch = Math.floor(drawn / n);
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#order = Int32Array.from(this.#random.fork(epoch).permutation(n));
    }
    return this.#order[drawn % n]!;
  }
}
