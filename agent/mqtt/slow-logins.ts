/** After the first wrong password, doubled by each further one. */
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 5000;
/** A caller who has guessed nothing for so long begins anew. */
const FORGET_AFTER_MS = 600_000;
/** Callers that are remembered: beyond this many, the oldest is forgotten. */
const MAX_CALLERS = 1000;

interface Caller {
  readonly failures: number;
  readonly lastMs: number;
}

/**
 * Makes the guessing of passwords slow: the answer to a wrong one comes later each time, by the network address it
 * came from. A right one is answered at once, so a board with an old password does not lock out its neighbours.
 */
export class SlowLogins {
  readonly #callers = new Map<string, Caller>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** Answer a wrong login after a while. */
  refuse(address: string, answer: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      answer();
    }, this.delayMs(address));
    this.#timers.add(timer);
  }

  /** Count one more wrong login. Returns how long its answer has to wait. */
  delayMs(address: string): number {
    const now = this.#nowMs();
    const known = this.#callers.get(address);
    const failures = known !== undefined && now - known.lastMs < FORGET_AFTER_MS ? known.failures : 0;
    // Set anew, it is the youngest of the map.
    this.#callers.delete(address);
    this.#callers.set(address, { failures: failures + 1, lastMs: now });
    if (this.#callers.size > MAX_CALLERS) this.#callers.delete(this.#callers.keys().next().value!);
    return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
  }

  /** Answers nobody any more. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
