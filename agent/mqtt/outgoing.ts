/** A message on its way to the broker. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly payload: string | Buffer;
  readonly retain: boolean;
}

/** Hands one message to the broker; resolves when the broker has acknowledged it. */
export type Send = (message: OutgoingMessage) => Promise<void>;

interface Queued {
  readonly order: number;
  readonly message: OutgoingMessage;
}

/** Handed over and not yet acknowledged, at most. */
const WINDOW = 32;

/**
 * Messages in the order they were given, sent while there is a connection and kept until the broker has them.
 *
 * MQTT.js keeps unacknowledged messages too, but fails those published while it repeats older ones when the link drops
 * once more (#2015), and has no bound. What fails here waits for the next connection. Memory only: what must
 * outlive the process belongs into an outbox on disk, which takes the place of this class when it comes.
 */
export class Outgoing {
  readonly #send: Send;
  readonly #maxWaiting: number;
  readonly #waiting: Queued[] = [];
  #given = 0;
  #inFlight = 0;
  #connected = false;
  #drained: (() => void)[] = [];
  /** Messages lost because too many were waiting. */
  overflowed = 0;

  constructor(send: Send, maxWaiting = 50_000) {
    this.#send = send;
    this.#maxWaiting = maxWaiting;
  }

  get size(): number {
    return this.#waiting.length + this.#inFlight;
  }

  put(message: OutgoingMessage): void {
    if (this.#waiting.length >= this.#maxWaiting) {
      this.#waiting.shift();
      this.overflowed++;
    }
    this.#waiting.push({ order: this.#given++, message });
    this.#pump();
  }

  connected(): void {
    this.#connected = true;
    this.#pump();
  }

  disconnected(): void {
    this.#connected = false;
  }

  /** Resolves when the broker has everything. */
  async drained(): Promise<void> {
    while (this.size > 0) await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  #pump(): void {
    while (this.#connected && this.#inFlight < WINDOW) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#inFlight++;
      void this.#deliver(next);
    }
  }

  async #deliver(queued: Queued): Promise<void> {
    try {
      await this.#send(queued.message);
    } catch {
      const after = this.#waiting.findIndex(({ order }) => order > queued.order);
      this.#waiting.splice(after === -1 ? this.#waiting.length : after, 0, queued);
      // The link is going down: its next `connected` sends the message again.
      this.#connected = false;
    } finally {
      this.#inFlight--;
      if (this.size === 0) for (const wake of this.#drained.splice(0)) wake();
      this.#pump();
    }
  }
}
