import { hashOfWords, mixed, type WordReader } from './words.ts';

/**
 * MinHash with bands: two documents whose sets of five-word shingles have Jaccard similarity s share one of 14 bands of 8
 * values with probability 1 - (1 - s^8)^14, about 0.99 at s = 0.85, 0.92 at 0.8, 0.05 at 0.5.
 *
 * The 112 values come of one permutation cut into 112 bins, of which empty ones borrow: one hash a shingle instead of 112.
 *
 * Sources: Broder 1997; Li, Owen & Zhang 2012 (one permutation); Shrivastava 2017 (empty bins); the numbers are those of
 * FineWeb (Penedo et al. 2024).
 */
export const BANDS = 14;
const ROWS = 8;
const BINS = BANDS * ROWS;
export const SHINGLE_WORDS = 5;

/** Makes the keys of a document's bands, 64 bits each as two int32. Its memory is used again. */
export class BandKeys {
  readonly keys = new Int32Array(2 * BANDS);
  readonly #lowest = new Uint32Array(BINS);
  readonly #isFilled = new Uint8Array(BINS);

  /** Returns false for a document without words, which has no keys. */
  of(words: WordReader): boolean {
    if (words.count === 0) return false;
    this.#lowest.fill(0xffffffff);
    this.#isFilled.fill(0);
    const length = Math.min(SHINGLE_WORDS, words.count);
    for (let i = 0; i + length <= words.count; i++) {
      const hash = hashOfWords(words.hashes, i, length);
      const bin = ((hash >>> 16) * BINS) >>> 16;
      const value = mixed(hash ^ 0x5bd1e995) >>> 0;
      this.#isFilled[bin] = 1;
      if (value < this.#lowest[bin]!) this.#lowest[bin] = value;
    }
    for (let band = 0; band < BANDS; band++) this.#writeKey(band);
    return true;
  }

  #writeKey(band: number): void {
    let low = mixed(band + 1);
    let high = mixed(~band);
    for (let bin = band * ROWS; bin < (band + 1) * ROWS; bin++) {
      const value = this.#valueOf(bin);
      low = mixed(Math.imul(low, 0x9e3779b1) ^ value);
      high = mixed(Math.imul(high, 0x85ebca6b) + value);
    }
    this.keys[2 * band] = low;
    this.keys[2 * band + 1] = high;
  }

  /** An empty bin asks others in an order of its own, the same in every document. */
  #valueOf(bin: number): number {
    let asked = bin;
    for (let attempt = 1; this.#isFilled[asked] === 0; attempt++) {
      asked = ((mixed(bin * 0x10001 + attempt) >>> 16) * BINS) >>> 16;
    }
    return this.#lowest[asked]! | 0;
  }
}
