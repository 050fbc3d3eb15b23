/** A home has dozens of boards. Each costs memory for as long as the agent runs: windows, counters, retained topics. */
const MAX_BOARDS = 1000;

/** Lets the first boards in and no others: whoever has the boards' password can make up names without end. */
export class BoardLimit {
  readonly #known = new Set<string>();
  readonly #maxBoards: number;

  constructor(maxBoards = MAX_BOARDS) {
    this.#maxBoards = maxBoards;
  }

  admits(board: string): boolean {
    if (this.#known.has(board)) return true;
    if (this.#known.size >= this.#maxBoards) return false;
    this.#known.add(board);
    return true;
  }
}
