/** More topics than an agent has boards at once. */
const MAX_TOPICS = 4096;

/** Something about each of the topics that were used last: names that boards make up must not fill the memory. */
export class TopicMemory<T> implements Iterable<[string, T]> {
  readonly #values = new Map<string, T>();

  get(topic: string): T | undefined {
    return this.#values.get(topic);
  }

  set(topic: string, value: T): void {
    this.#values.delete(topic);
    this.#values.set(topic, value);
    for (const [oldest] of this.#values) {
      if (this.#values.size <= MAX_TOPICS) break;
      this.#values.delete(oldest);
    }
  }

  delete(topic: string): void {
    this.#values.delete(topic);
  }

  [Symbol.iterator](): Iterator<[string, T]> {
    return this.#values.entries();
  }
}
