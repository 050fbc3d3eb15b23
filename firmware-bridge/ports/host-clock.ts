/** Beyond this the machine's clock was set, or the machine slept. */
const SET_MS = 100;

/**
 * When something arrives: epoch microseconds that never go back, until the machine's clock is set. Boards' clocks are
 * learnt from these times, and a second that a time server puts in or takes out must not look like one of theirs.
 */
export class HostClock {
  readonly #wallMs: () => number;
  readonly #steadyMs: () => number;
  #offsetMs: number;

  constructor(wallMs: () => number = Date.now, steadyMs: () => number = () => performance.now()) {
    this.#wallMs = wallMs;
    this.#steadyMs = steadyMs;
    this.#offsetMs = wallMs() - steadyMs();
  }

  /** Now, and whether the clock was set since the last call: what was learnt from earlier times is void then. */
  now(): { readonly us: number; readonly wasSet: boolean } {
    const steadyMs = this.#steadyMs();
    const offsetMs = this.#wallMs() - steadyMs;
    const wasSet = Math.abs(offsetMs - this.#offsetMs) > SET_MS;
    if (wasSet) this.#offsetMs = offsetMs;
    return { us: Math.round((this.#offsetMs + steadyMs) * 1000), wasSet };
  }
}
