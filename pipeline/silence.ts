/** What a timer can wait at most: a longer one goes off at once (Node.js, `setTimeout`). */
const MOST_MS = 2 ** 31 - 1;

/**
 * Calls when nothing has been heard for so long, and again after the next silence.
 *
 * What is heard sets a time and nothing else. The timer, when it goes off, waits for what is left of the silence: to put it
 * off each time would cost a walk through the timers of other boards, and hundreds of boards speak dozens of times a second.
 */
export class Silence {
  readonly afterMs: number;
  readonly #onSilence: () => void;
  #heardMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(afterMs: number, onSilence: () => void) {
    this.afterMs = afterMs;
    this.#onSilence = onSilence;
  }

  heard(): void {
    this.#heardMs = performance.now();
    if (this.#timer === undefined) this.#wait(this.afterMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#look(), Math.min(ms, MOST_MS));
  }

  #look(): void {
    const leftMs = this.#heardMs + this.afterMs - performance.now();
    // A timer may go off a fraction of a millisecond early.
    if (leftMs >= 1) {
      this.#wait(Math.ceil(leftMs));
      return;
    }
    this.#timer = undefined;
    this.#onSilence();
  }
}
