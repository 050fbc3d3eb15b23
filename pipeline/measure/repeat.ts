/** How often something is done to know how long it takes. */
export interface Effort {
  /** Done first and not counted: the first runs of a session are slow. */
  readonly warmUp: number;
  readonly runs: number;
  /** Slow models are not asked for all of it: after this only what `FEWEST_RUNS` asks for. */
  readonly patienceMs: number;
}

/** Who waits for a measurement. */
export interface Watcher {
  /** Ends it: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Something has been done once more. */
  readonly onRun?: () => void;
}

/** Of fewer the median says little. */
export const FEWEST_RUNS = 3;

/**
 * Do something again and again.
 *
 * @param run does it for the n-th time, warm-up included, and says how many milliseconds of it count
 * @returns what it said, without the warm-up
 */
export async function repeat(
  run: (n: number) => Promise<number>,
  { warmUp, runs, patienceMs }: Effort,
  { signal, onRun }: Watcher = {},
): Promise<number[]> {
  const durationsMs: number[] = [];
  const endMs = performance.now() + patienceMs;
  const mayGoOn = () => durationsMs.length < FEWEST_RUNS || performance.now() < endMs;
  for (let n = 0; durationsMs.length < runs && mayGoOn(); n++) {
    signal?.throwIfAborted();
    const durationMs = await run(n);
    if (n < warmUp) continue;
    durationsMs.push(durationMs);
    onRun?.();
  }
  return durationsMs;
}
