import { RandomStream } from '../../../model/random.ts';
import { type ExampleSet, exampleCount } from '../../example-set.ts';
import type { TrainingBatch } from './training-session.ts';

/**
 * The batches of a training run. Each pass goes through all examples in an order of its own; batch `step` is a pure
 * function of seed and step, so a resumed run sees what an unbroken one would have. The loss counts the answer only.
 */
export class Batches {
  readonly #set: ExampleSet;
  readonly #size: number;
  readonly #random: RandomStream;
  #epoch = -1;
  #order: Int32Array = new Int32Array();
  /** Answer tokens of the longest answer. */
  readonly lossPositions: number;

  constructor(set: ExampleSet, size: number, seed: number) {
    this.#set = set;
    this.#size = size;
    this.#random = RandomStream.seeded(seed).fork('batches');
    this.lossPositions = set.length.reduce(
      (most, length, i) => Math.max(most, length - set.promptLength[i]!),
      1,
    );
  }

  /** @param step from 0 */
  at(step: number): TrainingBatch {
    const { tokensPerExample: width, tokens, promptLength, length } = this.#set;
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
      const prompt = promptLength[example]!;
      for (let k = 0; k < positions; k++) {
        const isAnswer = prompt + k < length[example]!;
        // The row before an answer token is the one that should foretell it.
        batch.lossRows[b * positions + k] = b * width + prompt - 1 + (isAnswer ? k : 0);
        batch.targets[b * positions + k] = isAnswer ? tokens[example * width + prompt + k]! : 0;
        batch.weight[b * positions + k] = isAnswer ? 1 : 0;
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
