/** Numbers an entry holds: left id + 1 (0: free), right id, rank, id of what they become. */
const STRIDE = 4;

/**
 * The merges of a byte-pair encoding by their pair, in one typed array: a look-up makes no object. Open addressing, at
 * most half full.
 */
export class PairTable {
  readonly #mask: number;
  readonly #entries: Int32Array;

  /** @param capacity pairs that will be added, at most */
  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * capacity)));
    this.#mask = slots - 1;
    this.#entries = new Int32Array(slots * STRIDE);
  }

  /** Adds a pair that is not there yet. */
  add(left: number, right: number, rank: number, result: number): void {
    let slot = this.#slotOf(left, right);
    while (this.#entries[slot * STRIDE] !== 0) slot = (slot + 1) & this.#mask;
    this.#entries.set([left + 1, right, rank, result], slot * STRIDE);
  }

  /** The entry of a pair; -1 when it has no merge. */
  find(left: number, right: number): number {
    const entries = this.#entries;
    let slot = this.#slotOf(left, right);
    for (;;) {
      const at = slot * STRIDE;
      const known = entries[at]!;
      if (known === 0) return -1;
      if (known === left + 1 && entries[at + 1] === right) return at;
      slot = (slot + 1) & this.#mask;
    }
  }

  rankOf(entry: number): number {
    return this.#entries[entry + 2]!;
  }

  resultOf(entry: number): number {
    return this.#entries[entry + 3]!;
  }

  #slotOf(left: number, right: number): number {
    const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    return (hash ^ (hash >>> 15)) & this.#mask;
  }
}
