/**
 * The numbers below `size` in disjoint blocks, at first in one, which is refined by marking and splitting.
 *
 * Source: Valmari & Lehtinen, "Efficient Minimization of DFAs with Partial Transition Functions", 2008.
 */
export class Partition {
  /** The block of each number. */
  readonly blockOf: Int32Array;
  /** Block after block; within a block the marked ones first. */
  readonly #elements: Int32Array;
  readonly #placeOf: Int32Array;
  readonly #firsts = [0];
  readonly #ends: number[];
  readonly #marked = [0];
  #touched: number[] = [];

  constructor(size: number) {
    this.blockOf = new Int32Array(size);
    this.#elements = Int32Array.from({ length: size }, (_, i) => i);
    this.#placeOf = this.#elements.slice();
    this.#ends = [size];
  }

  size(block: number): number {
    return this.#ends[block]! - this.#firsts[block]!;
  }

  /** A copy: what is marked later moves within the block. */
  members(block: number): Int32Array {
    return this.#elements.slice(this.#firsts[block]!, this.#ends[block]!);
  }

  mark(element: number): void {
    const block = this.blockOf[element]!;
    const place = this.#placeOf[element]!;
    const end = this.#firsts[block]! + this.#marked[block]!; // of those that are marked already
    if (place < end) return;
    if (this.#marked[block] === 0) this.#touched.push(block);
    const other = this.#elements[end]!;
    this.#elements[end] = element;
    this.#placeOf[element] = end;
    this.#elements[place] = other;
    this.#placeOf[other] = place;
    this.#marked[block]!++;
  }

  /**
   * What is marked becomes a block of its own, where a block has both. No mark is left.
   * @returns of each block that was split, its number and the new one's
   */
  split(): (readonly [block: number, added: number])[] {
    const splits: (readonly [number, number])[] = [];
    for (const block of this.#touched) {
      const first = this.#firsts[block]!;
      const end = first + this.#marked[block]!;
      this.#marked[block] = 0;
      if (end === this.#ends[block]) continue;
      const added = this.#firsts.push(first) - 1;
      this.#ends.push(end);
      this.#marked.push(0);
      this.#firsts[block] = end;
      for (let place = first; place < end; place++) this.blockOf[this.#elements[place]!] = added;
      splits.push([block, added]);
    }
    this.#touched = [];
    return splits;
  }
}
