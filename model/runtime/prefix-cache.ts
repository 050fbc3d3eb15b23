import type { GptShape } from '../shape.ts';
import { KvCache } from './kv-cache.ts';

/** A call of the model must have two rows or more, or other kernels round otherwise (quantize.ts). */
const MIN_ROWS_TO_READ = 2;

interface ReadPrompt {
  readonly tokens: readonly number[];
  /** As many rows as there are tokens. */
  readonly cache: KvCache;
}

/**
 * Keys and values of prompts that were read, so that the next prompt which begins like one is read from there on.
 *
 * What is reused changes no answer, in any variant, by a single bit. Therefore:
 * - only prompts are kept: a token that was drawn is read by itself, which rounds otherwise, and is read anew when it
 *   comes back as part of a prompt;
 * - an even number of rows is reused, since the kernels of blocks take rows in pairs;
 * - two rows of a prompt at least are left to read.
 */
export class PrefixCache {
  readonly #shape: GptShape;
  readonly #maxBytes: number;
  /** The least recently used first; none is the beginning of another. */
  #prompts: ReadPrompt[] = [];

  /** @param maxBytes of keys and values between generations; that of the running one comes on top */
  constructor(shape: GptShape, maxBytes: number) {
    this.#shape = shape;
    this.#maxBytes = maxBytes;
  }

  /** Memory held. */
  get bytes(): number {
    return this.#prompts.reduce((sum, { cache }) => sum + cache.bytes, 0);
  }

  /** A cache with as much of the prompt's beginning as was read before, to be continued by the caller. */
  take(prompt: readonly number[]): KvCache {
    const most = prompt.length - MIN_ROWS_TO_READ;
    let best: ReadPrompt | undefined;
    let rows = 0;
    for (const read of this.#prompts) {
      const common = even(Math.min(commonLength(read.tokens, prompt), most));
      if (common <= rows) continue;
      best = read;
      rows = common;
    }
    if (!best) return new KvCache(this.#shape);
    this.#remove(best);
    if (rows === best.tokens.length) return best.cache; // what is kept of this prompt will hold it too
    this.#prompts.push(best);
    const cache = new KvCache(this.#shape);
    cache.startFrom(best.cache, rows);
    return cache;
  }

  /** Keep what was read of a prompt. The cache, which may have gone on after it, is no longer the caller's. */
  keep(prompt: readonly number[], cache: KvCache): void {
    const tokens = prompt.slice(0, even(Math.min(prompt.length, cache.tokens)));
    if (tokens.length === 0) return;
    const longer = this.#prompts.find((read) => beginsWith(read.tokens, tokens));
    if (longer) {
      this.#remove(longer);
      this.#prompts.push(longer);
      return;
    }
    this.#prompts = this.#prompts.filter((read) => !beginsWith(tokens, read.tokens));
    cache.cutTo(tokens.length);
    this.#prompts.push({ tokens, cache });
    while (this.bytes > this.#maxBytes) this.#prompts.shift();
  }

  #remove(prompt: ReadPrompt): void {
    this.#prompts = this.#prompts.filter((other) => other !== prompt);
  }
}

const even = (rows: number): number => rows - (rows % 2);

function commonLength(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

const beginsWith = (tokens: readonly number[], start: readonly number[]): boolean =>
  commonLength(start, tokens) === start.length;
