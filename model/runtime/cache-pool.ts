import type { GptShape } from '../shape.ts';
import { KvCache } from './kv-cache.ts';

/** Spares beyond this many are left to the garbage collector: a rush of boards must not hold memory for ever. */
const MAX_SPARE_CACHES = 4;

/** Caches of finished windows, to be used again: a new one costs the zeroing of its buffers. */
export class CachePool {
  readonly #shape: GptShape;
  readonly #spares: KvCache[] = [];

  constructor(shape: GptShape) {
    this.#shape = shape;
  }

  get spares(): number {
    return this.#spares.length;
  }

  /** A cache of unspecified content. */
  take(): KvCache {
    return this.#spares.pop() ?? new KvCache(this.#shape);
  }

  giveBack(cache: KvCache): void {
    if (this.#spares.length < MAX_SPARE_CACHES) this.#spares.push(cache);
  }
}
