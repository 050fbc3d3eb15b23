/** How fast a count grows: per second, since the last time it was asked, to one decimal. */
export class Rate {
  readonly #nowMs: () => number;
  #count = 0;
  #atMs: number;

  /** @param nowMs a clock in milliseconds that never goes back */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#atMs = nowMs();
  }

  perS(count: number): number {
    const atMs = this.#nowMs();
    const elapsedS = Math.max(1, atMs - this.#atMs) / 1000;
    const perS = Math.round(((count - this.#count) / elapsedS) * 10) / 10;
    this.#count = count;
    this.#atMs = atMs;
    return perS;
  }
}
