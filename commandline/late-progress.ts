import { Progress, type ProgressOptions } from './progress.ts';

const PATIENCE_MS = 2000;

/** Progress of work that is mostly quick: nothing is shown unless it takes more than two seconds. */
export class LateProgress {
  readonly #options: ProgressOptions;
  readonly #nowMs: () => number;
  readonly #startMs: number;
  #done: number;
  #shown: Progress | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#startMs = this.#nowMs();
    this.#done = options.done ?? 0;
  }

  advance(by = 1): void {
    this.#done += by;
    if (this.#shown !== undefined) this.#shown.advance(by);
    else if (this.#nowMs() - this.#startMs > PATIENCE_MS) {
      this.#shown = new Progress({ ...this.#options, done: this.#done });
      this.#shown.advance(0);
    }
  }

  finish(): void {
    this.#shown?.finish();
  }
}
