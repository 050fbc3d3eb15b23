/** Counts episodes of one label in a row: lengths swum in one style, taps. */
export class Series {
  readonly #pauseMs: number;
  #last: { readonly label: string; readonly count: number; readonly endMs: number } | undefined;

  /** @param pauseMs a longer pause begins a new row, as another label does */
  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  /** @returns the number of the episode in its row, 1 for the first */
  began(label: string, startMs: number): number {
    const last = this.#last;
    const pauseMs = last === undefined ? 0 : startMs - last.endMs;
    // Before the end of the last one: the board's clock began anew.
    const goesOn = last?.label === label && pauseMs >= 0 && pauseMs <= this.#pauseMs;
    const count = goesOn ? last.count + 1 : 1;
    this.#last = { label, count, endMs: startMs };
    return count;
  }

  ended(label: string, endMs: number): void {
    if (this.#last?.label === label) this.#last = { ...this.#last, endMs };
  }
}
