import { TinyError } from '../../protocols/errors.ts';

const ROUNDS = 4;

/**
 * Which tokens the n-th sequence of a training is: in every epoch the corpus is cut into sequences at another offset, and
 * each is read once, in an order of the epoch's own. A pure function of seed and n, so any device of a cluster, and a
 * resumed run, can ask for any sequence; `torch/sequence_order.py` is the same function.
 *
 * The order is a Feistel network over the next power of four (Luby & Rackoff, 1988), whose round function is the finaliser of
 * MurmurHash3; numbers outside the corpus are passed through it again until they are inside (cycle walking). Nothing of
 * the size of the corpus is held.
 */
export class SequenceOrder {
  readonly #context: number;
  readonly #seed: number;
  /** Sequences of an epoch. */
  readonly count: number;
  readonly #halfBits: number;

  /**
   * @param tokens of the training split
   * @throws TinyError where they are fewer than two sequences
   */
  constructor(tokens: number, context: number, seed: number) {
    this.#context = context;
    this.#seed = seed;
    // One less than fit: what the offset of an epoch needs.
    this.count = Math.floor(tokens / context) - 1;
    if (this.count < 1) {
      throw new TinyError(
        `the corpus has ${tokens} tokens, and sequences of ${context} need ${2 * context}`,
        'prepare a larger corpus, or lower pretrain.context',
      );
    }
    let halfBits = 1;
    while (4 ** halfBits < this.count) halfBits++;
    this.#halfBits = halfBits;
  }

  /** The first token of a sequence, which foretells up to token `begin + context`. @param n from 0 */
  begin(n: number): number {
    const epoch = Math.floor(n / this.count);
    const place = this.#permuted(n % this.count, epoch);
    return place * this.#context + (this.#key(epoch, ROUNDS) % this.#context);
  }

  #permuted(index: number, epoch: number): number {
    const halves = 2 ** this.#halfBits;
    const keys = Array.from({ length: ROUNDS }, (_, round) => this.#key(epoch, round));
    let at = index;
    do {
      let left = Math.floor(at / halves);
      let right = at % halves;
      for (const key of keys) [left, right] = [right, left ^ (mixed(right ^ key) & (halves - 1))];
      at = left * halves + right;
    } while (at >= this.count);
    return at;
  }

  #key(epoch: number, round: number): number {
    return mixed(mixed(mixed(this.#seed) ^ epoch) ^ round);
  }
}

/** MurmurHash3's 32-bit finaliser (Appleby, 2011), as an unsigned integer. */
function mixed(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
