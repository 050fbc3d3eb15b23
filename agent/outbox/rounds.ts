/** Does a piece of work again and again: one round at a time, each as soon as it was asked for. */
export class Rounds {
  readonly #work: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #dueAtMs = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  #isStopped = false;

  /** @param work never rejects */
  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Ask for a round that begins within this time; an earlier one will do. */
  within(delayMs: number): void {
    const dueAtMs = performance.now() + delayMs;
    if (this.#isStopped || dueAtMs >= this.#dueAtMs) return;
    this.#dueAtMs = dueAtMs;
    if (this.#running === undefined) this.#set();
  }

  /** Resolves when no round is running; none begins any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #set(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(), Math.max(0, this.#dueAtMs - performance.now()));
  }

  #begin(): void {
    this.#dueAtMs = Number.POSITIVE_INFINITY;
    this.#running = this.#work().finally(() => {
      this.#running = undefined;
      if (!this.#isStopped && this.#dueAtMs !== Number.POSITIVE_INFINITY) this.#set();
    });
  }
}
