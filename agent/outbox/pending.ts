import type { OutboxEntry } from './message.ts';

/** An object, three strings and their place in a map. */
const ENTRY_BYTES = 256;

/** Messages in memory, in the order of their numbers. */
export class Pending {
  readonly #entries = new Map<number, OutboxEntry>();
  #bytes = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** About what they take in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Undefined when there is none. */
  get oldestAgeMs(): number | undefined {
    const [oldest] = this;
    return oldest && Math.max(0, Date.now() - oldest.madeMs);
  }

  [Symbol.iterator](): Iterator<OutboxEntry> {
    return this.#entries.values();
  }

  add(entry: OutboxEntry): void {
    this.#entries.set(entry.seq, entry);
    this.#bytes += bytesOf(entry);
  }

  /** @returns whether it was there */
  remove(seq: number): boolean {
    const entry = this.#entries.get(seq);
    if (entry === undefined) return false;
    this.#bytes -= bytesOf(entry);
    return this.#entries.delete(seq);
  }

  /** Gives up the oldest until the rest takes no more than so many bytes. @returns the numbers of those given up */
  limit(maxBytes: number): number[] {
    const given: number[] = [];
    for (const { seq } of this) {
      if (this.#bytes <= maxBytes) break;
      this.remove(seq);
      given.push(seq);
    }
    return given;
  }
}

const bytesOf = ({ message: { topic, payload } }: OutboxEntry): number =>
  topic.length + payload.length + ENTRY_BYTES;
