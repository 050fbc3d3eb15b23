import { RandomStream } from '../../model/random.ts';

/** Prompts that begin differently every time: none has been read before. */
export class RandomPrompts {
  readonly #vocab: number;
  readonly #random = RandomStream.seeded(1).fork('prompts');
  #made = 0;

  constructor(vocab: number) {
    this.#vocab = vocab;
  }

  next(tokens: number): number[] {
    const first = this.#made++ % this.#vocab;
    return Array.from({ length: tokens }, (_, i) => (i === 0 ? first : this.#random.integer(this.#vocab)));
  }
}
