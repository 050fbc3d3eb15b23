import type { GptShape } from '../../shape.ts';
import type { KvCache } from '../kv-cache.ts';
import { ROW_BYTES_MULTIPLE } from './float-kernels.ts';
import { type DecoderMemory, FLOAT_BYTES, roundUp } from './memory.ts';
import { transpose } from './transpose.ts';

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
      this.#storeKeys(layer, 0, cache.keys(layer));
      const values = cache.values(layer);
      for (let token = 0; token < cache.tokens; token += TILE_TOKENS) {
        this.#storeValues(layer, token, values.subarray(token * width, (token + TILE_TOKENS) * width));
      }
    }
  }

  /** Keys and values (width) of a token, at its place. */
  append(layer: number, token: number, keys: Float32Array, values: Float32Array): void {
    this.#storeKeys(layer, token, keys);
    this.#storeValues(layer, token, values);
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

  /** Of one token or of several, (tokens, width). */
  #storeKeys(layer: number, token: number, keys: Float32Array): void {
    const at = this.#keys[layer]! + token * this.#rowFloats * FLOAT_BYTES;
    this.#spread(keys, 1, at, this.#room);
  }

  /** Of tokens of one tile, (tokens, width). */
  #storeValues(layer: number, token: number, values: Float32Array): void {
    const { width } = this.#shape;
    const inTile = token % TILE_TOKENS;
    const tile = this.#values[layer]! + ((token - inTile) * width + inTile) * FLOAT_BYTES;
    const to = this.#memory.floats(tile, TILE_TOKENS * width - inTile);
    transpose(values, values.length / width, width, to, TILE_TOKENS);
  }

  /** Writes the heads of rows (rows, width) apart, with room for `room` rows of each, and scales them. */
  #spread(rows: Float32Array, scale: number, address: number, room: number): void {
    const { heads, width } = this.#shape;
    const features = this.#features;
    const count = rows.length / width;
    for (let head = 0; head < heads; head++) {
      const to = this.#memory.floats(
        address + head * room * this.#rowFloats * FLOAT_BYTES,
        count * this.#rowFloats,
      );
      for (let row = 0; row < count; row++) {
        const [from, into] = [row * width + head * features, row * this.#rowFloats];
        for (let i = 0; i < features; i++) to[into + i] = scale * rows[from + i]!;
      }
    }
  }
}
