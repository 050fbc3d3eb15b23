import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import { CachePool } from '../../../model/runtime/cache-pool.ts';
import { KvCache } from '../../../model/runtime/kv-cache.ts';
import type { GptShape } from '../../../model/shape.ts';

const shape: GptShape = { layers: 3, width: 32, heads: 1, context: 500, vocab: 300 };
const BYTES_PER_TOKEN = 2 * shape.layers * shape.width * Float32Array.BYTES_PER_ELEMENT;

/** Appends numbers that no other place has, and returns them by layer. */
function appendDistinct(cache: KvCache, tokens: number, from: number) {
  const rowsOf = (layer: number) => {
    const base = from + layer * 1e6;
    const keys = Float32Array.from({ length: tokens * shape.width }, (_, i) => base + i);
    return { keys, values: keys.map((x) => -x) };
  };
  cache.append(tokens, rowsOf);
  return rowsOf;
}

const contents = (cache: KvCache, layer: number) => ({
  keys: [...cache.keys(layer)],
  values: [...cache.values(layer)],
});

describe('KvCache', () => {
  it('holds what was appended, in order, however it grew', () => {
    const random = RandomStream.seeded(3);
    const cache = new KvCache(shape);
    const expected = Array.from({ length: shape.layers }, () => ({
      keys: [] as number[],
      values: [] as number[],
    }));
    while (cache.tokens < shape.context) {
      const tokens = Math.min(random.integer(60), shape.context - cache.tokens);
      const rowsOf = appendDistinct(cache, tokens, cache.tokens * shape.width);
      for (const [layer, one] of expected.entries()) {
        one.keys.push(...rowsOf(layer).keys);
        one.values.push(...rowsOf(layer).values);
      }
    }
    for (const [layer, one] of expected.entries()) expect(contents(cache, layer)).toEqual(one);
  });

  it('grows to the context and no further', () => {
    const cache = new KvCache(shape);
    const small = cache.bytes;
    for (let i = 0; i < 10; i++) appendDistinct(cache, 50, 0);
    expect(small).toBeLessThan(cache.bytes);
    expect(cache.bytes).toBe(shape.context * BYTES_PER_TOKEN);
    expect(new KvCache({ ...shape, context: 16 }).bytes).toBe(16 * BYTES_PER_TOKEN);
  });

  it('starts from a prefix, which stays as it is', () => {
    const prefix = new KvCache(shape);
    appendDistinct(prefix, 20, 7);
    const before = contents(prefix, 2);
    const cache = new KvCache(shape);
    appendDistinct(cache, 300, 1e5);
    cache.startFrom(prefix);
    expect(cache.tokens).toBe(20);
    expect(contents(cache, 2)).toEqual(before);
    appendDistinct(cache, 300, 2e5);
    expect(contents(prefix, 2)).toEqual(before);
  });
});

describe('CachePool', () => {
  const openAtOnce = (pool: CachePool, windows: number, tokens = 30) => {
    const caches = Array.from({ length: windows }, () => pool.take());
    for (const cache of caches) {
      cache.startFrom(new KvCache(shape, 0));
      appendDistinct(cache, tokens, 0);
    }
    for (const cache of caches) pool.giveBack(cache);
    return caches;
  };

  it('makes no more caches than are in use at once', () => {
    const pool = new CachePool(shape);
    openAtOnce(pool, 1);
    const eight = new Set(openAtOnce(pool, 8));
    for (let round = 0; round < 40; round++) {
      for (const cache of openAtOnce(pool, 8)) expect(eight).toContain(cache);
    }
  });

  it('forgets a rush', () => {
    const pool = new CachePool(shape);
    openAtOnce(pool, 100);
    for (let round = 0; round < 80; round++) openAtOnce(pool, 2);
    expect(pool.spares).toBe(2);
  });

  it('makes room for the longest window and no more', () => {
    const pool = new CachePool(shape);
    openAtOnce(pool, 3, 203);
    openAtOnce(pool, 3, 7);
    const caches = openAtOnce(pool, 3, 203);
    expect(caches.map(({ bytes }) => bytes)).toEqual(new Array(3).fill(203 * BYTES_PER_TOKEN));
  });

  it('makes the right room at once where the length is known', () => {
    const pool = new CachePool(shape, 77);
    expect(pool.take().bytes).toBe(77 * BYTES_PER_TOKEN);
  });
});
