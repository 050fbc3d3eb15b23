const BASE_MS = 500;
const CAP_MS = 30_000;
const LEAST_MS = 50;

/**
 * How long to wait before a further attempt: "full jitter", a random share of a time that doubles, so that the
 * clients of a broker that comes back do not all arrive at once (M. Brooker, Exponential Backoff And Jitter, 2015).
 *
 * @param attempt 0 for the first
 * @param random a number in [0, 1)
 * @returns milliseconds, at most 30 s
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  return Math.max(LEAST_MS, Math.floor(random() * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 16))));
}
