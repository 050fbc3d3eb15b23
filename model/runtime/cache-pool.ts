import type { GptShape } from '../shape.ts';
import { KvCache } from './kv-cache.ts';

/** How many windows are remembered, at least, to tell how many caches are in use at once. */
const REMEMBERED_WINDOWS = 64;

/**
 * Caches of finished windows, to be used again: what is thrown away, V8 collects only after many megabytes of it.
 *
 * As many are kept as were in use at once lately, each with room for the longest window so far and no more.
 */
export class CachePool {
  readonly #shape: GptShape;
  readonly #spares: KvCache[] = [];
  #inUse = 0;
  /** Most in use at once: among the present windows, and among those remembered before them. */
  #most = 0;
  #mostBefore = 0;
  #taken = 0;
  /** Of the longest window so far; undefined while nothing is known. */
  #longestTokens: number | undefined;

  /** @param expectedTokens of a window, with the tokens before it; learnt from the first windows where it is not known */
  constructor(shape: GptShape, expectedTokens?: number) {
    this.#shape = shape;
    this.#longestTokens = expectedTokens;
  }

  get spares(): number {
    return this.#spares.length;
  }

  /** A cache of unspecified content. */
  take(): KvCache {
    if (++this.#taken % REMEMBERED_WINDOWS === 0) {
      this.#mostBefore = this.#most;
      this.#most = this.#inUse;
    }
    this.#inUse++;
    this.#most = Math.max(this.#most, this.#inUse);
    return this.#spares.pop() ?? new KvCache(this.#shape, this.#longestTokens);
  }

  /** Each cache taken comes back once. */
  giveBack(cache: KvCache): void {
    this.#inUse--;
    this.#longestTokens = Math.max(this.#longestTokens ?? 0, cache.tokens);
    const isRoomier = cache.capacityTokens > this.#longestTokens;
    if (!isRoomier) this.#spares.push(cache);
    const wanted = Math.max(this.#most, this.#mostBefore) - this.#inUse;
    this.#spares.length = Math.min(this.#spares.length, wanted);
  }
}
