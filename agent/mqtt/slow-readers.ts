import type { Duplex } from 'node:stream';

/** A reader further behind than this gets nothing new until it has caught up. */
export const MAX_BACKLOG_BYTES = 512 * 1024;
/** A reader behind for so long is taken for frozen. */
const PATIENCE_MS = 5000;

/**
 * Keeps a reader that does not read from holding up the others. aedes waits for the slowest reader of a message
 * before it takes the next one from whoever sent it (aedes #1060): a reader that is behind is passed over, and cut off
 * when it stays behind.
 */
export class SlowReaders {
  readonly #behindSinceMs = new WeakMap<Duplex, number>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** What to do with a new message for this reader. */
  judge(stream: Duplex): 'send' | 'pass over' | 'cut off' {
    if (stream.writableLength < MAX_BACKLOG_BYTES) {
      this.#behindSinceMs.delete(stream);
      return 'send';
    }
    const now = this.#nowMs();
    const sinceMs = this.#behindSinceMs.get(stream) ?? now;
    this.#behindSinceMs.set(stream, sinceMs);
    return now - sinceMs < PATIENCE_MS ? 'pass over' : 'cut off';
  }
}
