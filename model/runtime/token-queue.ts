/** Tokens that arrive by message, read by one iteration. */
export class TokenQueue implements AsyncIterable<number> {
  readonly #tokens: number[] = [];
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  put(token: number): void {
    this.#tokens.push(token);
    this.#wake?.();
  }

  /** The iteration ends, or throws, once the tokens before have been read. */
  end(error?: Error): void {
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    for (;;) {
      while (this.#tokens.length > 0) yield this.#tokens.shift()!;
      if (this.#error) throw this.#error;
      if (this.#ended) return;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }
}
