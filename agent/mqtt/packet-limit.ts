/** Bytes of a remaining length at most (MQTT 3.1.1, section 2.2.3). */
const MAX_LENGTH_BYTES = 4;

/**
 * Follows the bytes of an MQTT connection from packet to packet and says when one is announced that is too long, so
 * that it can be cut off before anything is kept in memory: aedes has no limit of its own.
 */
export class PacketLimit {
  readonly #maxBytes: number;
  /** Bytes of the current packet's body that are still to come. */
  #bodyBytes = 0;
  /** Bytes seen of the fixed header: its first byte, then the remaining length, 7 bits a byte, lowest first. */
  #headerBytes = 0;
  #length = 0;

  /** @param maxBytes the longest body allowed (topic, packet id and payload) */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @returns false when the packet that begins in this chunk is longer than allowed, or its length has no end */
  admits(chunk: Uint8Array): boolean {
    for (let at = 0; at < chunk.length; ) {
      if (this.#bodyBytes > 0) {
        const skipped = Math.min(this.#bodyBytes, chunk.length - at);
        this.#bodyBytes -= skipped;
        at += skipped;
        continue;
      }
      const byte = chunk[at++]!;
      if (this.#headerBytes++ === 0) continue;
      this.#length += (byte & 0x7f) * 128 ** (this.#headerBytes - 2);
      const more = (byte & 0x80) !== 0;
      if (more && this.#headerBytes > MAX_LENGTH_BYTES) return false;
      if (more) continue;
      if (this.#length > this.#maxBytes) return false;
      this.#bodyBytes = this.#length;
      this.#headerBytes = 0;
      this.#length = 0;
    }
    return true;
  }
}
