import type { GptShape } from '../shape.ts';

/** Room for this many tokens is made where nothing better is known. */
const FIRST_CAPACITY_TOKENS = 128;
/** Room is made for so many times the tokens that there was room for. */
const GROWTH = 1.5;

/**
 * The keys and values of one token sequence, appended as the model reads: per layer two row-major
 * (tokens, width) buffers of ours. (ONNX Runtime copies every output, so the graph returns new rows
 * only and gets the past as a view.)
 */
export class KvCache {
  readonly #shape: GptShape;
  #capacityTokens: number;
  /** [keys, values] of layer 0, then of layer 1, .. */
  #buffers: Float32Array[];
  #tokens = 0;

  /** @param expectedTokens room is made for just so many at first, and for more when they come */
  constructor(shape: GptShape, expectedTokens = FIRST_CAPACITY_TOKENS) {
    this.#shape = shape;
    this.#capacityTokens = Math.min(expectedTokens, shape.context);
    this.#buffers = this.#allocate();
  }

  get tokens(): number {
    return this.#tokens;
  }

  /** Tokens that there is room for without growing. */
  get capacityTokens(): number {
    return this.#capacityTokens;
  }

  /** Memory held, used or not. */
  get bytes(): number {
    return this.#buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** (tokens, width) view; not to be kept over an append. */
  keys(layer: number): Float32Array {
    return this.#buffers[2 * layer]!.subarray(0, this.#tokens * this.#shape.width);
  }

  /** (tokens, width) view; not to be kept over an append. */
  values(layer: number): Float32Array {
    return this.#buffers[2 * layer + 1]!.subarray(0, this.#tokens * this.#shape.width);
  }

  /**
   * Append `tokens` rows to every layer; `rowsOf` gives a layer's new (tokens, width) keys and values.
   * All tokens together are at most the model's context.
   */
  append(tokens: number, rowsOf: (layer: number) => { keys: Float32Array; values: Float32Array }): void {
    this.#reserve(this.#tokens + tokens);
    const at = this.#tokens * this.#shape.width;
    for (let layer = 0; layer < this.#shape.layers; layer++) {
      const { keys, values } = rowsOf(layer);
      this.#buffers[2 * layer]!.set(keys, at);
      this.#buffers[2 * layer + 1]!.set(values, at);
    }
    this.#tokens += tokens;
  }

  /** Become a copy of the start that many sequences share: of another's first `tokens` rows, by default of all. */
  startFrom(prefix: KvCache, tokens = prefix.tokens): void {
    this.#tokens = 0;
    const size = tokens * this.#shape.width;
    this.append(tokens, (layer) => ({
      keys: prefix.keys(layer).subarray(0, size),
      values: prefix.values(layer).subarray(0, size),
    }));
  }

  /** Forget all rows but the first `tokens`. The memory stays. */
  cutTo(tokens: number): void {
    this.#tokens = Math.min(tokens, this.#tokens);
  }

  #reserve(tokens: number): void {
    if (tokens <= this.#capacityTokens) return;
    this.#capacityTokens = Math.min(
      Math.max(tokens, Math.ceil(GROWTH * this.#capacityTokens)),
      this.#shape.context,
    );
    const old = this.#buffers;
    this.#buffers = this.#allocate();
    for (const [i, buffer] of old.entries()) this.#buffers[i]!.set(buffer);
  }

  #allocate(): Float32Array[] {
    const { layers, width } = this.#shape;
    return Array.from({ length: 2 * layers }, () => new Float32Array(this.#capacityTokens * width));
  }
}
