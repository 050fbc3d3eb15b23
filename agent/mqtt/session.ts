/** What a client that asked for a session has not read yet. */
export class Session {
  readonly topics = new Set<string>();
  /** Undefined while it is connected. */
  absentSinceMs: number | undefined;
  /** Payload bytes by the key under which the message lies on disk, oldest first. */
  readonly #unread = new Map<string, number>();
  /** The same key by the packet id under which a message was sent last. */
  readonly #sent = new Map<number, string>();
  #bytes = 0;

  constructor(absentSinceMs?: number) {
    this.absentSinceMs = absentSinceMs;
  }

  get messages(): number {
    return this.#unread.size;
  }

  /** Of payload. */
  get bytes(): number {
    return this.#bytes;
  }

  get keys(): Iterable<string> {
    return this.#unread.keys();
  }

  add(key: string, bytes: number): void {
    this.#unread.set(key, bytes);
    this.#bytes += bytes;
  }

  sentAs(packetId: number, key: string): void {
    if (this.#unread.has(key)) this.#sent.set(packetId, key);
  }

  /** @returns the key and the size of the message that was acknowledged; undefined when it was not one of these */
  acknowledged(packetId: number): { key: string; bytes: number } | undefined {
    const key = this.#sent.get(packetId);
    const bytes = key === undefined ? undefined : this.#unread.get(key);
    if (key === undefined || bytes === undefined) return undefined;
    this.#sent.delete(packetId);
    this.#unread.delete(key);
    this.#bytes -= bytes;
    return { key, bytes };
  }
}
