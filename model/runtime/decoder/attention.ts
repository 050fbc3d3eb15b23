import type { GptShape } from '../../shape.ts';
import type { KvCache } from '../kv-cache.ts';
import { LINE_BYTES, LINE_FLOATS } from './float-kernels.ts';
import { type DecoderMemory, FLOAT_BYTES, roundUp } from './memory.ts';

/**
 * Keys and values of the text that is being written, and attention over them for one query: softmax(q K^T / sqrt(d)) V, head by
 * head (Vaswani et al., 2017).
 *
 * Both products are sums of weighted lines of 16 numbers that lie one after the other, so that one kernel does both and no sum
 * runs across a vector: a line of keys is one feature of 16 tokens, a line of values 16 features of one token. Memory is
 * touched only as far as the text goes.
 */
export class DecoderAttention {
  readonly #memory: DecoderMemory;
  readonly #shape: GptShape;
  readonly #features: number;
  /** Lines of a head's values of one token, the last of them not always full. */
  readonly #linesOfHead: number;
  /** Room for so many tokens: whole lines. */
  readonly #room: number;
  /** Addresses by layer: float32 (heads, room / 16, features, 16 tokens). */
  readonly #keys: readonly number[];
  /** Addresses by layer: float32 (heads, lines of a head, room, 16 features). */
  readonly #values: readonly number[];
  /** (room): of one head. */
  readonly #weights: number;

  constructor(memory: DecoderMemory, shape: GptShape) {
    const { layers, width, heads, context } = shape;
    this.#memory = memory;
    this.#shape = shape;
    this.#features = width / heads;
    this.#linesOfHead = Math.ceil(this.#features / LINE_FLOATS);
    this.#room = roundUp(context, LINE_FLOATS);
    const ofEachLayer = (count: number): number[] =>
      Array.from({ length: layers }, () => memory.allocateFloats(count));
    this.#keys = ofEachLayer(this.#room * width);
    this.#values = ofEachLayer(heads * this.#linesOfHead * this.#room * LINE_FLOATS);
    this.#weights = memory.allocateFloats(this.#room);
  }

  /** Room that a result of `attend` takes: the last line of the last head may reach beyond the width. */
  get mixedFloats(): number {
    return this.#shape.width + LINE_FLOATS;
  }

  /** Begin with what was read. */
  start(cache: KvCache): void {
    for (let layer = 0; layer < this.#shape.layers; layer++) {
      this.append(layer, 0, cache.keys(layer), cache.values(layer));
    }
  }

  /** Keys and values (tokens, width) of the tokens from `first` on. */
  append(layer: number, first: number, keys: Float32Array, values: Float32Array): void {
    const { heads, width } = this.#shape;
    const keyLines = this.#memory.floats(this.#keys[layer]!, this.#room * width);
    const valueLines = this.#memory.floats(
      this.#values[layer]!,
      heads * this.#linesOfHead * this.#room * LINE_FLOATS,
    );
    for (let head = 0; head < heads; head++) {
      this.#storeKeys(keys, head, first, keyLines);
      this.#storeValues(values, head, first, valueLines);
    }
  }

  /** What the query (width) at an address makes of the first `tokens` values: written to the address `mixed`. */
  attend(layer: number, query: number, tokens: number, mixed: number): void {
    const { kernels } = this.#memory;
    const headBytes = this.#features * FLOAT_BYTES;
    const lines = roundUp(tokens, LINE_FLOATS);
    const beyond = this.#memory.floats(this.#weights + tokens * FLOAT_BYTES, lines - tokens);
    const scale = 1 / Math.sqrt(this.#features);
    for (let head = 0; head < this.#shape.heads; head++) {
      const at = head * headBytes;
      kernels.sumLines(
        query + at,
        query + at + headBytes,
        this.#keys[layer]! + head * this.#room * headBytes,
        this.#features * LINE_BYTES,
        this.#weights,
        this.#weights + lines * FLOAT_BYTES,
      );
      beyond.fill(Number.NEGATIVE_INFINITY);
      kernels.softmax(this.#weights, lines * FLOAT_BYTES, scale);
      // Heads in turn: the next one overwrites what the last line of this one has too much.
      kernels.sumLines(
        this.#weights,
        this.#weights + tokens * FLOAT_BYTES,
        this.#values[layer]! + head * this.#linesOfHead * this.#room * LINE_BYTES,
        this.#room * LINE_BYTES,
        mixed + at,
        mixed + at + this.#linesOfHead * LINE_BYTES,
      );
    }
  }

  #storeKeys(keys: Float32Array, head: number, first: number, to: Float32Array): void {
    const { width } = this.#shape;
    const features = this.#features;
    const headBegin = head * this.#room;
    for (let row = 0; row < keys.length / width; row++) {
      const inLine = (first + row) % LINE_FLOATS;
      const from = row * width + head * features;
      const into = (headBegin + first + row - inLine) * features + inLine;
      for (let i = 0; i < features; i++) to[into + i * LINE_FLOATS] = keys[from + i]!;
    }
  }

  /** Token by token: line by line, each line of `values` would be fetched as often as a token has lines. */
  #storeValues(values: Float32Array, head: number, first: number, to: Float32Array): void {
    const { width } = this.#shape;
    const features = this.#features;
    const room = this.#room;
    const headBegin = head * this.#linesOfHead * room;
    for (let row = 0; row < values.length / width; row++) {
      for (let begin = 0; begin < features; begin += LINE_FLOATS) {
        const from = row * width + head * features + begin;
        const into = headBegin * LINE_FLOATS + begin * room + (first + row) * LINE_FLOATS;
        const count = Math.min(LINE_FLOATS, features - begin);
        for (let i = 0; i < count; i++) to[into + i] = values[from + i]!;
      }
    }
  }
}
