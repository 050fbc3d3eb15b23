/**
 * What happens when windows close faster than the model answers.
 *
 * `newest` (live): a window that has waited longer than `maxWaitMs` gives way to a newer one of its board, and the drop
 * is counted. Windows that merely come together, as out of a batch of readings, are all answered. With a `deadlineMs`, an
 * answer that would come later after its window's end is not given: the window is given up as soon as that is certain,
 * and counted.
 * `every` (replay, evaluation): nothing is dropped; the source waits at `ready` instead.
 */
export type LoadPolicy = NewestWindow | EveryWindow;

export interface NewestWindow {
  readonly kind: 'newest';
  readonly maxWaitMs: number;
  /** Counted from the moment at which the last row is known; none when absent. */
  readonly deadlineMs?: number | undefined;
}

/** An answer that is a second late is worth less than a newer one. */
export const newest: NewestWindow = { kind: 'newest', maxWaitMs: 1000 };

export const every = (maxWaiting = 64): EveryWindow => new EveryWindow(maxWaiting);

/** Lets a source run ahead of the model by a bounded number of windows. */
export class EveryWindow {
  readonly kind = 'every';
  readonly #maxWaiting: number;
  #waiting = 0;
  #wake: (() => void)[] = [];

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** Resolves when there is room for more windows. Sources call it before they emit. */
  async ready(): Promise<void> {
    while (this.#waiting >= this.#maxWaiting) await new Promise<void>((wake) => this.#wake.push(wake));
  }

  entered(): void {
    this.#waiting++;
  }

  left(): void {
    this.#waiting--;
    for (const wake of this.#wake.splice(0)) wake();
  }
}
