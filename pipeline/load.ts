/**
 * What happens when windows close faster than the model answers.
 *
 * `newest` (live): each board's newest window wins, the overtaken one is dropped and counted.
 * `every` (replay, evaluation): nothing is dropped; the source waits at `ready` instead.
 */
export type LoadPolicy = { readonly kind: 'newest' } | EveryWindow;

export const newest: LoadPolicy = { kind: 'newest' };

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
