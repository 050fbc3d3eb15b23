/**
 * How unevenly samples follow each other: the standard deviation of the intervals between them, as they come
 * (Welford's method: B. P. Welford, Technometrics 4, 1962). A sample out of order has no interval of its own.
 */
export class Jitter {
  /** NaN before the first. */
  #lastUs = Number.NaN;
  #count = 0;
  #mean = 0;
  #squares = 0;

  add(timeUs: number): void {
    const lastUs = this.#lastUs;
    if (timeUs < lastUs) return;
    this.#lastUs = timeUs;
    if (Number.isNaN(lastUs)) return;
    const intervalMs = (timeUs - lastUs) / 1000;
    this.#count++;
    const deviation = intervalMs - this.#mean;
    this.#mean += deviation / this.#count;
    this.#squares += deviation * (intervalMs - this.#mean);
  }

  /** Milliseconds; undefined for fewer than three samples. */
  get ms(): number | undefined {
    return this.#count < 2 ? undefined : Math.sqrt(this.#squares / this.#count);
  }
}
