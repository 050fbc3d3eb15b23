import { RandomStream } from '../../../model/random.ts';
import { cellWeights } from '../../balance.ts';
import { type ExampleSet, exampleCount } from '../../example-set.ts';
import type { BalanceSettings } from '../../finetune-settings.ts';

/**
 * Which example is drawn when. Each pass draws as many as there are examples, in an order of its own: every example
 * once, or where they are balanced, as often as its weight says. A pure function of the seed and the number of the draw.
 */
export class ExampleOrder {
  readonly #count: number;
  readonly #random: RandomStream;
  /** (examples) their weights added up to each of them; sums to `count`. */
  readonly #expected: Float64Array | undefined;
  #pass = -1;
  #order: ArrayLike<number> = [];

  constructor(set: ExampleSet, seed: number, balance?: BalanceSettings) {
    this.#count = exampleCount(set);
    this.#random = RandomStream.seeded(seed).fork('batches');
    this.#expected = balance && cellWeights(set, balance);
  }

  /** @param draw from 0 */
  at(draw: number): number {
    const pass = Math.floor(draw / this.#count);
    if (pass !== this.#pass) {
      this.#pass = pass;
      const random = this.#random.fork(pass);
      this.#order = this.#expected
        ? systematicSample(this.#expected, random)
        : random.permutation(this.#count);
    }
    return this.#order[draw % this.#count]!;
  }
}

/**
 * Systematic sampling (Madow, 1949) from the examples in random order: each is drawn as often as it is expected to be,
 * rounded down or up by chance. Plain draws would leave out a third of the examples in each pass.
 *
 * @param expected (examples) how often each should be drawn; they add up to their number
 */
function systematicSample(expected: Float64Array, random: RandomStream): Int32Array {
  const count = expected.length;
  const shuffled = random.permutation(count);
  const offset = random.uniform();
  const drawn = new Int32Array(count);
  let reached = 0;
  let filled = 0;
  for (const example of shuffled) {
    reached += expected[example]!;
    while (filled < count && filled + offset < reached) drawn[filled++] = example;
  }
  // The sum of many roundings may stop short of the last draw.
  drawn.fill(shuffled[count - 1]!, filled);
  const mixed = random.permutation(count);
  return Int32Array.from(mixed, (at) => drawn[at]!);
}
