const RANGE = 2 ** 32;

/** Gives back what an unsigned 32-bit counter of time (`micros()`, `millis()`) loses when it wraps. */
export class WrappingCounter {
  readonly #tickUs: number;
  #last: { readonly ticks: number; readonly arrivalUs: number } | undefined;

  /** @param tickUs 1 for `micros()`, which wraps after 71.6 minutes; 1000 for `millis()`, after 49.7 days */
  constructor(tickUs: number) {
    this.#tickUs = tickUs;
  }

  /**
   * Microseconds that do not wrap: of all times which the counter may mean, the one nearest to what its last value and
   * the time passed here since lead one to expect. So it does not matter how often it wrapped while nobody listened.
   */
  extend(counter: number, arrivalUs: number): number {
    const { ticks, arrivalUs: before } = this.#last ?? { ticks: counter, arrivalUs };
    const expected = ticks + (arrivalUs - before) / this.#tickUs;
    const extended = counter + RANGE * Math.round((expected - counter) / RANGE);
    this.#last = { ticks: extended, arrivalUs };
    return extended * this.#tickUs;
  }
}
