import type { ChannelSpec } from './task.ts';

/** The samples of one channel in one step, reduced to one value. A mean over the step is also what keeps faster motion from folding into slower (anti-aliasing). */
export class Reducer {
  readonly #kind: ChannelSpec['reduce'];
  #count = 0;
  #value = 0;
  #lastUs = 0;

  constructor(kind: ChannelSpec['reduce']) {
    this.#kind = kind;
  }

  get count(): number {
    return this.#count;
  }

  add(value: number, timeUs: number): void {
    if (this.#count === 0) this.#value = value;
    else if (this.#kind === 'mean') this.#value += value;
    else if (this.#kind === 'max') this.#value = Math.max(this.#value, value);
    else if (timeUs >= this.#lastUs) this.#value = value;
    this.#lastUs = Math.max(this.#lastUs, timeUs);
    this.#count++;
  }

  /** The value of the step that ends here, NaN when it had no sample; the next step begins. */
  take(): number {
    const value =
      this.#count === 0 ? Number.NaN : this.#kind === 'mean' ? this.#value / this.#count : this.#value;
    this.#count = 0;
    this.#value = 0;
    this.#lastUs = 0;
    return value;
  }
}
