import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servingVariant, VARIANT_NAMES } from '../../../model/quantize.ts';
import { RandomStream } from '../../../model/random.ts';
import { Generations } from '../../../model/runtime/generations.ts';
import { type GenerationOptions, generate } from '../../../model/runtime/generator.ts';
import type { GptSession } from '../../../model/runtime/gpt-session.ts';
import { KvCache } from '../../../model/runtime/kv-cache.ts';
import { PrefixCache } from '../../../model/runtime/prefix-cache.ts';
import {
  collect,
  loadSession,
  opinionatedWeights,
  randomTokens,
  SHAPE,
  temporaryFolder,
} from './random-model.ts';

const PLENTY = 1e9;
const folder = temporaryFolder();
const random = RandomStream.seeded(41);

/** A cache as if a prompt had been read and some tokens drawn after it. */
function cacheOf(tokens: number): KvCache {
  const cache = new KvCache(SHAPE);
  const rows = new Float32Array(tokens * SHAPE.width);
  cache.append(tokens, () => ({ keys: rows, values: rows }));
  return cache;
}

/** How many rows of a prompt need not be read. */
const known = (prefixes: PrefixCache, prompt: readonly number[]): number => prefixes.take(prompt).tokens;

describe('what is reused', () => {
  const prompt = randomTokens(20, random);
  const keeping = (...prompts: (readonly number[])[]): PrefixCache => {
    const prefixes = new PrefixCache(SHAPE, PLENTY);
    for (const kept of prompts) prefixes.keep(kept, cacheOf(kept.length + 7));
    return prefixes;
  };

  it('is nothing at first, nor of a prompt that begins otherwise', () => {
    expect(known(new PrefixCache(SHAPE, PLENTY), prompt)).toBe(0);
    expect(known(keeping(prompt), [prompt[0]! + 1, ...prompt.slice(1)])).toBe(0);
  });

  it.each([
    [20, 'the same prompt', prompt, 18],
    [19, 'the same prompt, of an odd length', prompt.slice(0, 19), 16],
    [20, 'a longer prompt', [...prompt, 1, 2, 3], 20],
    [19, 'a longer prompt, after an odd one', [...prompt, 1, 2, 3], 18],
    [20, 'a shorter prompt', prompt.slice(0, 9), 6],
    [20, 'a prompt that parts after 13', [...prompt.slice(0, 13), -1, 2, 3, 4], 12],
    [20, 'one token', prompt.slice(0, 1), 0],
    [20, 'two tokens', prompt.slice(0, 2), 0],
    [1, 'a prompt after one of one token', prompt, 0],
  ])('of %i tokens by %s', (length, _, next, rows) => {
    expect(known(keeping(prompt.slice(0, length)), next)).toBe(rows);
  });

  it('is the longest beginning of all', () => {
    const other = [...prompt.slice(0, 6), -1, -2];
    const third = [...prompt.slice(0, 10), -3, -4];
    expect(known(keeping(other, third), prompt)).toBe(10);
    expect(known(keeping(third, other), prompt)).toBe(10);
  });

  it("takes no memory, nor another prompt's turn to go, where nothing can be gone on from", () => {
    const [older, newer] = [randomTokens(20, random), randomTokens(20, random)];
    const prefixes = new PrefixCache(SHAPE, 3 * cacheOf(27).bytes - 1);
    prefixes.keep([1], cacheOf(1));
    expect(prefixes.bytes).toBe(0);
    for (const kept of [older, newer, [1], prompt]) prefixes.keep(kept, cacheOf(27));
    expect(known(prefixes, newer)).toBe(18);
    expect(known(prefixes, older)).toBe(0);
  });

  it('stays when a prompt was not read to its end, as far as it was', () => {
    const prefixes = new PrefixCache(SHAPE, PLENTY);
    prefixes.keep(prompt, cacheOf(7));
    expect(known(prefixes, prompt)).toBe(6);
  });
});

describe('memory', () => {
  const one = cacheOf(1).bytes;

  it('is bounded; the least recently used prompt goes first', () => {
    const prefixes = new PrefixCache(SHAPE, 2 * one);
    const [a, b, c] = [1, 2, 3].map((token) => new Array<number>(8).fill(token)) as [
      number[],
      number[],
      number[],
    ];
    prefixes.keep(a, cacheOf(8));
    prefixes.keep(b, cacheOf(8));
    prefixes.keep(a, prefixes.take(a));
    prefixes.keep(c, cacheOf(8));
    expect(prefixes.bytes).toBe(2 * one);
    expect([a, b, c].map((prompt) => known(prefixes, prompt))).toEqual([6, 0, 6]);
  });

  it('holds a beginning once: a prompt that goes on from another takes its place', () => {
    const prefixes = new PrefixCache(SHAPE, PLENTY);
    for (let length = 4; length <= 40; length += 4) {
      const prompt = Array.from({ length }, (_, i) => i);
      expect(known(prefixes, prompt)).toBe(Math.max(0, length - 4));
      prefixes.keep(prompt, cacheOf(length));
      prefixes.keep(prompt.slice(0, length - 2), cacheOf(length - 2));
      expect(prefixes.bytes).toBe(one);
    }
  });

  it('holds nothing that is larger than the bound alone', () => {
    const prefixes = new PrefixCache(SHAPE, one - 1);
    prefixes.keep([1, 2, 3, 4], cacheOf(4));
    expect(prefixes.bytes).toBe(0);
  });
});

describe.each(VARIANT_NAMES)('a prompt continued from a known beginning, %s', (variant) => {
  let session: GptSession;
  beforeAll(async () => {
    const path = join(folder, `${variant}.onnx`);
    writeFileSync(path, servingVariant(variant, SHAPE, opinionatedWeights()));
    session = await loadSession(path);
  });
  afterAll(() => session.release());

  const options: GenerationOptions = { maxTokens: 12, temperature: 0, seed: 1, stopToken: 5 };
  /** Prompts of a session: some begin alike, some with what was answered. */
  async function prompts(): Promise<number[][]> {
    const start = randomTokens(31, random);
    const answered = await collect(generate(session, start, options));
    const asked = Array.from({ length: 6 }, () =>
      start.slice(0, 3 + random.integer(28)).concat(randomTokens(1 + random.integer(30), random)),
    );
    return [start, [...start, ...answered, 7], ...asked, start, [...start, ...answered, 8, 9, 10]];
  }

  it.each([
    ['greedily', {}],
    ['by sampling', { temperature: 1.3, topK: 50, seed: 11 }],
  ])('gives the same tokens, drawn %s', async (_, how) => {
    const generations = new Generations(session, { prefixBytes: PLENTY });
    for (const prompt of await prompts()) {
      const anew = await collect(generate(session, prompt, { ...options, ...how }));
      expect(await collect(generations.next(prompt, { ...options, ...how }))).toEqual(anew);
    }
  });

  it('gives the same logits, to the last bit', async () => {
    const prefixes = new PrefixCache(SHAPE, PLENTY);
    const logitsFrom = (cache: KvCache, prompt: readonly number[]): Promise<Float32Array> => {
      const ids = prompt.slice(cache.tokens);
      return session.step(cache, { ids, rows: [ids.length - 1], head: 'full' });
    };
    let reused = 0;
    for (const prompt of await prompts()) {
      const cache = prefixes.take(prompt);
      reused += cache.tokens;
      const logits = await logitsFrom(cache, prompt);
      expect(logits).toEqual(await logitsFrom(new KvCache(SHAPE), prompt));
      for (const token of randomTokens(5, random)) {
        await session.step(cache, { ids: [token], rows: [0], head: 'full' });
      }
      prefixes.keep(prompt, cache);
    }
    expect(reused).toBeGreaterThan(100);
  });
});
