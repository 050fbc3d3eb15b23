const WORD_BITS = 32;

/** Which tokens of a vocabulary may come next: a bit each, 6 kB for GPT-2's. */
export class TokenMask {
  readonly #words: Uint32Array;
  #size = 0;

  constructor(vocab: number) {
    this.#words = new Uint32Array(Math.ceil(vocab / WORD_BITS));
  }

  get size(): number {
    return this.#size;
  }

  has(token: number): boolean {
    return (this.#words[token >>> 5]! & (1 << (token & 31))) !== 0;
  }

  add(token: number): void {
    if (this.has(token)) return;
    this.#words[token >>> 5]! |= 1 << (token & 31);
    this.#size++;
  }

  /** Ascending. */
  tokens(): number[] {
    const tokens: number[] = [];
    for (const [i, word] of this.#words.entries()) {
      for (let left = word; left !== 0; left &= left - 1) {
        tokens.push(i * WORD_BITS + 31 - Math.clz32(left & -left));
      }
    }
    return tokens;
  }

  /** Make all other tokens impossible: logits (vocab) become -Infinity where the bit is not set. */
  applyTo(logits: Float32Array): void {
    for (let token = 0; token < logits.length; token++) {
      if (!this.has(token)) logits[token] = Number.NEGATIVE_INFINITY;
    }
  }
}
