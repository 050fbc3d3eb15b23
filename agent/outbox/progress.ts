/**
 * How far the sending of numbered messages has come, in a memory that does not grow with what waits: the highest number
 * that was ever sent, and those sent without an acknowledgement, which a bounded window keeps few.
 */
export class Progress {
  #highest: number;
  /** In the order of their numbers. */
  readonly #unacknowledged = new Set<number>();
  /** The last one that was sent since `beginAgain`. */
  #cursor: number;

  /** @param acknowledgedBelow the broker has every message with a lower number */
  constructor(acknowledgedBelow: number) {
    this.#highest = acknowledgedBelow - 1;
    this.#cursor = this.#highest;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** The broker has every message with a lower number. */
  get acknowledgedBelow(): number {
    const [lowest] = this.#unacknowledged;
    return lowest ?? this.#highest + 1;
  }

  /** Whether a message is to be sent now: not yet on this connection, and never acknowledged. */
  isDue(seq: number): boolean {
    return seq > this.#cursor && (seq > this.#highest || this.#unacknowledged.has(seq));
  }

  sent(seq: number): void {
    this.#cursor = seq;
    if (seq <= this.#highest) return;
    this.#highest = seq;
    this.#unacknowledged.add(seq);
  }

  /** The broker has it, or it was given up. */
  settled(seq: number): void {
    this.#unacknowledged.delete(seq);
  }

  /** A new connection: what was not acknowledged goes again. */
  beginAgain(): void {
    this.#cursor = this.acknowledgedBelow - 1;
  }

  /** Messages up to this one are no more. */
  gaveUp(lastSeq: number): void {
    for (const seq of this.#unacknowledged) if (seq <= lastSeq) this.#unacknowledged.delete(seq);
    this.#highest = Math.max(this.#highest, lastSeq);
    this.#cursor = Math.max(this.#cursor, lastSeq);
  }
}
