/** A board is waited for no longer than this, however rarely it speaks. */
const LONGEST_MS = 600_000;

/**
 * How long an open port may be silent before it is opened anew.
 *
 * Boards differ: one sends a hundred times a second, another once a minute, and opening a port resets many of them. So
 * the time grows to twice the longest pause the board has made, and doubles with each opening that did not help.
 */
export class Patience {
  readonly #leastMs: number;
  #longestPauseMs = 0;
  #inVain = 0;

  /** @param leastMs never less than this; `Infinity`: for ever */
  constructor(leastMs: number) {
    this.#leastMs = leastMs;
  }

  get ms(): number {
    if (this.#leastMs === Number.POSITIVE_INFINITY) return this.#leastMs;
    const usual = Math.max(this.#leastMs, 2 * this.#longestPauseMs);
    return Math.min(Math.max(LONGEST_MS, this.#leastMs), usual * 2 ** this.#inVain);
  }

  /** The board has spoken, `pauseMs` after the last time. */
  heard(pauseMs: number): void {
    this.#inVain = 0;
    this.#longestPauseMs = Math.max(this.#longestPauseMs, pauseMs);
  }

  gaveUp(): void {
    this.#inVain++;
  }
}
