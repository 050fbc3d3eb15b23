import type { GptShape } from '../../shape.ts';
import type { KvCache } from '../kv-cache.ts';
import { ROW_BYTES_MULTIPLE } from './float-kernels.ts';
import { type DecoderMemory, FLOAT_BYTES, roundUp } from './memory.ts';

/** Tokens in a tile of values. */
const TILE_TOKENS = 64;
const ROW_MULTIPLE = ROW_BYTES_MULTIPLE / FLOAT_BYTES;

/**
 * Keys and values of the text that is being written, and attention over them for one query: softmax(q K^T / sqrt(d)) V, head by
 * head (Vaswani et al., 2017).
 *
 * Both products run along rows of memory, so that one kernel does both: keys lie head by head and token by token, values in
 * tiles of 64 tokens, in each feature by feature. Memory is touched only as far as the text goes.
 */
export class DecoderAttention {
  readonly #memory: DecoderMemory;
  readonly #shape: GptShape;
  readonly #features: number;
  /** Features of a head with those that fill up its rows, which are zero. */
  readonly #rowFloats: number;
  /** Room for so many tokens: whole tiles. */
  readonly #room: number;
  /** Addresses by layer: float32 (heads, room, row) and (tiles, width, 64). */
  readonly #keys: readonly number[];
  readonly #values: readonly number[];
  /** (heads, row): the query, scaled. */
  readonly #query: number;
  /** (room): of one head. */
  readonly #weights: number;

  constructor(memory: DecoderMemory, shape: GptShape) {
    const { layers, width, heads, context } = shape;
    this.#memory = memory;
    this.#shape = shape;
    this.#features = width / heads;
    this.#rowFloats = roundUp(this.#features, ROW_MULTIPLE);
    this.#room = roundUp(context, TILE_TOKENS);
    const ofEachLayer = (count: number): number[] =>
      Array.from({ length: layers }, () => memory.allocateFloats(count));
    this.#keys = ofEachLayer(heads * this.#room * this.#rowFloats);
    this.#values = ofEachLayer(this.#room * width);
    this.#query = memory.allocateFloats(heads * this.#rowFloats);
    this.#weights = memory.allocateFloats(this.#room);
  }

  /** Begin with what was read. */
  start(cache: KvCache): void {
    const { layers, width } = this.#shape;
    for (let layer = 0; layer < layers; layer++) {
      const [keys, values] = [cache.keys(layer), cache.values(layer)];
      for (let token = 0; token < cache.tokens; token++) {
        const row = [token * width, (token + 1) * width] as const;
        this.append(layer, token, keys.subarray(...row), values.subarray(...row));
      }
    }
  }

  /** Keys and values (width) of a token, at its place. */
  append(layer: number, token: number, keys: Float32Array, values: Float32Array): void {
    this.#spread(keys, 1, this.#keys[layer]! + token * this.#rowFloats * FLOAT_BYTES, this.#room);
    const inTile = token % TILE_TOKENS;
    const tile = this.#memory.floats(
      this.#values[layer]! + (token - inTile) * this.#shape.width * FLOAT_BYTES,
      TILE_TOKENS * this.#shape.width,
    );
    for (let i = 0; i < values.length; i++) tile[i * TILE_TOKENS + inTile] = values[i]!;
  }

  /** What the query (width) makes of the first `tokens` values: written to the address `mixed` (width). */
  attend(layer: number, query: Float32Array, tokens: number, mixed: number): void {
    const { heads } = this.#shape;
    this.#spread(query, 1 / Math.sqrt(this.#features), this.#query, 1);
    this.#memory.floats(mixed, this.#shape.width).fill(0);
    for (let head = 0; head < heads; head++) {
      this.#weigh(layer, head, tokens);
      this.#mix(layer, head, tokens, mixed);
    }
  }

  /** The softmax over the tokens; zeros fill up the last tile. */
  #weigh(layer: number, head: number, tokens: number): void {
    const { kernels } = this.#memory;
    const whole = roundUp(tokens, TILE_TOKENS);
    const weights = this.#memory.floats(this.#weights, whole);
    weights.fill(0, 0, tokens).fill(Number.NEGATIVE_INFINITY, tokens);
    const rowBytes = this.#rowFloats * FLOAT_BYTES;
    kernels.addProduct(
      this.#query + head * rowBytes,
      this.#keys[layer]! + head * this.#room * rowBytes,
      this.#weights,
      this.#weights + tokens * FLOAT_BYTES,
      rowBytes,
    );
    kernels.softmax(this.#weights, whole * FLOAT_BYTES);
    weights.fill(0, tokens);
  }

  #mix(layer: number, head: number, tokens: number, mixed: number): void {
    const { kernels } = this.#memory;
    const headBytes = this.#features * FLOAT_BYTES;
    const y = mixed + head * headBytes;
    for (let token = 0; token < tokens; token += TILE_TOKENS) {
      const tile = this.#values[layer]! + token * this.#shape.width * FLOAT_BYTES;
      kernels.addProduct(
        this.#weights + token * FLOAT_BYTES,
        tile + head * headBytes * TILE_TOKENS,
        y,
        y + headBytes,
        TILE_TOKENS * FLOAT_BYTES,
      );
    }
  }

  /** Writes the heads of a row (width) apart, `rows` rows of a head after each other, and scales it. */
  #spread(row: Float32Array, scale: number, address: number, rows: number): void {
    const { heads, width } = this.#shape;
    const stride = rows * this.#rowFloats;
    const to = this.#memory.floats(address, (heads - 1) * stride + this.#features);
    for (let i = 0; i < width; i++) {
      const head = Math.floor(i / this.#features);
      to[head * stride + (i - head * this.#features)] = scale * row[i]!;
    }
  }
}
