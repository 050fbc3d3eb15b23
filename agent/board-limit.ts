/** Lets so many boards in at a time and no others: whoever has the boards' password can make up names without end. */
export class BoardLimit {
  readonly #known = new Set<string>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  admits(board: string): boolean {
    if (this.#known.has(board)) return true;
    if (this.#known.size >= this.#max) return false;
    this.#known.add(board);
    return true;
  }

  /** Another may come in its place. */
  forget(board: string): void {
    this.#known.delete(board);
  }
}
