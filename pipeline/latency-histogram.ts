/** Upper bounds in seconds: a small model is done in a few milliseconds, an agent that falls behind takes seconds. */
const BOUNDS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** Latencies since the start, counted by size in constant memory. */
export class LatencyHistogram {
  /** Those up to each bound and above the one before. */
  readonly #counts = BOUNDS_S.map(() => 0);
  count = 0;
  sumS = 0;

  /** A clock that was set back while a window was read gives a negative one, which counts as none. */
  add(latencyMs: number): void {
    const latencyS = Math.max(0, latencyMs) / 1000;
    const bucket = BOUNDS_S.findIndex((bound) => latencyS <= bound);
    if (bucket !== -1) this.#counts[bucket]!++;
    this.count++;
    this.sumS += latencyS;
  }

  /** By upper bound, ascending: how many were no longer than that. */
  get cumulative(): readonly { readonly upToS: number; readonly count: number }[] {
    let count = 0;
    return BOUNDS_S.map((upToS, i) => {
      count += this.#counts[i]!;
      return { upToS, count };
    });
  }
}
