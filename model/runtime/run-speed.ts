/** Share of what was measured before that counts when a run is added: some 20 runs are remembered. */
const MEMORY = 0.95;
/** What the estimate is multiplied by when a window was given up because of it. */
const HOPE = 0.9;

/**
 * How fast a model computes here and now, from its own runs. Small runs take longer a row, so the estimate for the last one of a
 * window is short of the truth: what is given up for its sake was hopeless indeed.
 */
export class RunSpeed {
  #rows = 0;
  #ms = 0;

  observe(rows: number, ms: number): void {
    this.#rows = MEMORY * this.#rows + rows;
    this.#ms = MEMORY * this.#ms + ms;
  }

  /** 0 before the first run. */
  estimateMs(rows: number): number {
    return this.#rows === 0 ? 0 : (this.#ms / this.#rows) * rows;
  }

  /** A window was given up. Where all are, nothing is measured any more: a machine that was slow for a while gets its chance. */
  gaveUp(): void {
    this.#ms *= HOPE;
  }
}
