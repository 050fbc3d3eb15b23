import type { MqttMessage } from '../mqtt/client.ts';

/** What the readings of other agents' boards may take in all. */
const MAX_BYTES = 16 << 20;
/** What keeping a message costs beside its payload. */
const OVERHEAD_BYTES = 200;

/**
 * The latest readings of boards that belong to others, as they came. Who takes over a board begins with them, so that
 * the window which the board is in the middle of is answered all the same.
 */
export class Standby {
  readonly #spanMs: number;
  readonly #maxBytes: number;
  /** Least recently heard first. */
  readonly #boards = new Map<string, MqttMessage[]>();
  #bytes = 0;

  constructor(spanMs: number, maxBytes = MAX_BYTES) {
    this.#spanMs = spanMs;
    this.#maxBytes = maxBytes;
  }

  keep(board: string, message: MqttMessage): void {
    const kept = this.#boards.get(board) ?? [];
    // A copy: the payload is a view of all that came with it.
    kept.push({ ...message, payload: new Uint8Array(message.payload) });
    this.#bytes += sizeOf(message);
    while (message.arrivalMs - kept[0]!.arrivalMs > this.#spanMs) this.#bytes -= sizeOf(kept.shift()!);
    this.#boards.delete(board);
    this.#boards.set(board, kept);
    for (const [oldest] of this.#boards) {
      if (this.#bytes <= this.#maxBytes) break;
      this.take(oldest);
    }
  }

  /** Hands out what was kept of a board, oldest first, and forgets it. */
  take(board: string): readonly MqttMessage[] {
    const kept = this.#boards.get(board) ?? [];
    this.#boards.delete(board);
    for (const message of kept) this.#bytes -= sizeOf(message);
    return kept;
  }
}

const sizeOf = ({ payload }: MqttMessage): number => payload.byteLength + OVERHEAD_BYTES;
