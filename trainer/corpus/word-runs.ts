import { createHash } from 'node:crypto';
import { hashOfWords, mixed, type WordReader } from './words.ts';

const MAX_RUNS = 1 << 22;
const SLOTS = 2 * MAX_RUNS;
/** A run of fewer different words is what any row of a sensor at rest holds: `255, 255, 254, ..`. It tells no row from another. */
const MIN_DIFFERENT_WORDS = 4;
/** A slot that is free holds two zeros. */
const STRIDE = 2;

/**
 * A set of runs of so many consecutive words, by hashes of 64 bits, in memory that threads share (67 MB).
 *
 * Source: Brown et al. 2020 (GPT-3), appendix C, which looks for runs of 13 words.
 */
export class WordRuns {
  readonly length: number;
  readonly shared: SharedArrayBuffer;
  readonly #slots: Int32Array;
  #count = 0;

  /** @param shared the memory of a set that another thread has filled */
  constructor(length: number, shared = new SharedArrayBuffer(SLOTS * STRIDE * 4)) {
    this.length = length;
    this.shared = shared;
    this.#slots = new Int32Array(shared);
  }

  /** SHA-256 (hex) of the set as it was filled. */
  get hash(): string {
    return createHash('sha256').update(this.#slots).digest('hex');
  }

  /** Adds every run of a text that tells it from others. Returns false when there is no more room. */
  addAll(words: WordReader): boolean {
    for (let i = 0; i + this.length <= words.count; i++) {
      if (this.#count === MAX_RUNS) return false;
      if (new Set(words.hashes.subarray(i, i + this.length)).size < MIN_DIFFERENT_WORDS) continue;
      const slot = this.#find(words.hashes, i, true);
      if (slot >= 0) this.#count++;
    }
    return true;
  }

  /** Whether a text has a run of the set. */
  overlaps(words: WordReader): boolean {
    for (let i = 0; i + this.length <= words.count; i++) {
      if (this.#find(words.hashes, i, false) >= 0) return true;
    }
    return false;
  }

  /** To look a run up: its slot, or -1. To add it: the slot it was put into, or -1 where it was there. */
  #find(hashes: Int32Array, begin: number, add: boolean): number {
    const slots = this.#slots;
    const low = hashOfWords(hashes, begin, this.length) | 1; // never zero
    let slot = (mixed(low) & (SLOTS - 1)) * STRIDE;
    for (;;) {
      const known = slots[slot]!;
      if (known === 0) break;
      if (known === low && slots[slot + 1] === otherHash(hashes, begin, this.length)) return add ? -1 : slot;
      slot = (slot + STRIDE) & (SLOTS * STRIDE - 1);
    }
    if (!add) return -1;
    slots[slot] = low;
    slots[slot + 1] = otherHash(hashes, begin, this.length);
    return slot;
  }
}

/** Independent of `hashOfWords`. */
function otherHash(hashes: Int32Array, begin: number, length: number): number {
  let hash = ~length;
  for (let i = begin; i < begin + length; i++) hash = Math.imul(hash ^ hashes[i]!, 0x27d4eb2f) + 0x165667b1;
  return mixed(hash | 0);
}
