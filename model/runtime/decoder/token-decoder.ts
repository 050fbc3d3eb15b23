import { readFile } from 'node:fs/promises';
import type { GptShape } from '../../shape.ts';
import type { KvCache } from '../kv-cache.ts';
import { DecoderAttention } from './attention.ts';
import { type Linear, type Norm, type StoredGpt, storeGpt } from './layers.ts';
import { DecoderMemory, FLOAT_BYTES } from './memory.ts';

/**
 * Writes one token after the other, by kernels of our own (kernels.ts): ONNX Runtime spends as long between the many small
 * operations of a token as in its products, and reads matrices at half of the memory's speed when there is one row to multiply.
 *
 * It has a copy of the weights, and rounds otherwise than the serving graph in the last bits. One text at a time.
 */
export class TokenDecoder {
  readonly #memory: DecoderMemory;
  readonly #shape: GptShape;
  readonly #gpt: StoredGpt;
  readonly #attention: DecoderAttention;
  /** Addresses of float32. */
  readonly #residual: number;
  readonly #normed: number;
  /** (3 width): queries, keys and values. */
  readonly #rows: number;
  readonly #mixed: number;
  /** (4 width). */
  readonly #hidden: number;
  readonly #logits: number;
  #tokens = 0;

  private constructor(memory: DecoderMemory, shape: GptShape, gpt: StoredGpt) {
    const { width, vocab } = shape;
    this.#memory = memory;
    this.#shape = shape;
    this.#gpt = gpt;
    this.#attention = new DecoderAttention(memory, shape);
    this.#residual = memory.allocateFloats(width);
    this.#normed = memory.allocateFloats(width);
    this.#rows = memory.allocateFloats(3 * width);
    this.#mixed = memory.allocateFloats(this.#attention.mixedFloats);
    this.#hidden = memory.allocateFloats(4 * width);
    this.#logits = memory.allocateFloats(vocab);
  }

  /** @param path a serving graph, of any variant. Throws `TinyError` when it is not one of this shape. */
  static async load(path: string, shape: GptShape): Promise<TokenDecoder> {
    const memory = new DecoderMemory();
    return new TokenDecoder(memory, shape, storeGpt(memory, shape, await readFile(path), path));
  }

  /** Go on after what was read; the text before this one is over. */
  start(cache: KvCache): void {
    this.#attention.start(cache);
    this.#tokens = cache.tokens;
  }

  /**
   * Read one more token, for which there is room in the context.
   *
   * @param head vocabulary rows, or the whole vocabulary
   * @returns their scores: a view, to be read before the next call
   */
  next(token: number, head: readonly number[] | 'full'): Float32Array {
    this.#embed(token);
    for (let layer = 0; layer < this.#shape.layers; layer++) this.#passThrough(layer);
    this.#tokens++;
    return this.#score(head);
  }

  #embed(token: number): void {
    const { width } = this.#shape;
    this.#gpt.tokens.readRow(token, this.#memory.floats(this.#residual, width));
    const position = this.#gpt.positions + this.#tokens * width * FLOAT_BYTES;
    this.#memory.kernels.add(this.#residual, position, width * FLOAT_BYTES);
  }

  #passThrough(index: number): void {
    const { width } = this.#shape;
    const { kernels } = this.#memory;
    const layer = this.#gpt.layers[index]!;
    this.#norm(layer.beforeAttention);
    this.#project(this.#normed, layer.queriesKeysValues, this.#rows);
    const keys = this.#memory.floats(this.#rows + width * FLOAT_BYTES, width);
    const values = this.#memory.floats(this.#rows + 2 * width * FLOAT_BYTES, width);
    this.#attention.append(index, this.#tokens, keys, values);
    this.#attention.attend(index, this.#rows, this.#tokens + 1, this.#mixed);
    this.#addProjection(this.#mixed, layer.mixed, this.#residual);
    this.#norm(layer.beforeMlp);
    this.#project(this.#normed, layer.hidden, this.#hidden);
    kernels.gelu(this.#hidden, layer.hidden.matrix.rows * FLOAT_BYTES);
    this.#addProjection(this.#hidden, layer.output, this.#residual);
  }

  #score(head: readonly number[] | 'full'): Float32Array {
    const { tokens, norm } = this.#gpt;
    this.#norm(norm);
    const logits = this.#memory.floats(this.#logits, head === 'full' ? tokens.rows : head.length).fill(0);
    if (head === 'full') tokens.addProduct(this.#normed, this.#logits);
    else tokens.addProductOfRows(this.#normed, head, this.#logits);
    return logits;
  }

  #norm({ gain, bias }: Norm): void {
    const { kernels } = this.#memory;
    kernels.norm(this.#residual, gain, bias, this.#normed, this.#shape.width * FLOAT_BYTES);
  }

  #project(x: number, linear: Linear, y: number): void {
    this.#memory.floats(y, linear.matrix.rows).fill(0);
    this.#addProjection(x, linear, y);
  }

  #addProjection(x: number, { matrix, bias }: Linear, y: number): void {
    this.#memory.kernels.add(y, bias, matrix.rows * FLOAT_BYTES);
    matrix.addProduct(x, y);
  }
}
