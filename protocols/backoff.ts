export interface BackoffOptions {
  /** The longest wait before the first further attempt, milliseconds. */
  readonly baseMs?: number;
  /** The longest wait at all, milliseconds. */
  readonly capMs?: number;
  /** Gives numbers in [0, 1). */
  readonly random?: () => number;
}

/** Waiting less is as good as not waiting: a peer that refuses at once would keep us busy. */
const LEAST_MS = 50;

/**
 * How long to wait before a further attempt: "full jitter", a random share of a time that doubles, so that the
 * clients of a peer that comes back do not all arrive at once (M. Brooker, Exponential Backoff And Jitter, 2015).
 *
 * @param attempt 0 for the first
 * @returns milliseconds; by default at most 30 s
 */
export function backoffMs(
  attempt: number,
  { baseMs = 500, capMs = 30_000, random = Math.random }: BackoffOptions = {},
): number {
  return Math.max(LEAST_MS, Math.floor(random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 16))));
}
