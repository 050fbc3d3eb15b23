/** Without a limit of the broker's own. */
const SLOTS = 32;

/**
 * How many messages may be on their way at once: a broker of MQTT 5 ends the connection of who sends more than its receive
 * maximum (MQTT 5, section 4.9; Mosquitto's is 20).
 */
export class SendSlots {
  readonly #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  #free = 0;
  #isOpen = false;
  /** Grows at every connection: a slot of an earlier one is not given back. */
  #connection = 0;

  open(receiveMaximum = SLOTS): void {
    this.#isOpen = true;
    this.#connection++;
    this.#free = Math.min(SLOTS, receiveMaximum);
  }

  close(): void {
    this.#isOpen = false;
    for (const { reject } of this.#waiting.splice(0)) reject(lost());
  }

  /** In the order in which it is called. Rejects when there is no connection, or it is lost before there is room. */
  async take(): Promise<() => void> {
    if (!this.#isOpen) throw lost();
    if (this.#free === 0)
      await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    else this.#free--;
    const connection = this.#connection;
    return () => {
      if (connection === this.#connection) this.#give();
    };
  }

  /** Hands the slot to who waits longest. */
  #give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next.resolve();
  }
}

const lost = (): Error => new Error('not connected');
