import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeAdapter, encodeAdapter, linearLayers, mergeAdapter } from '../../../model/adapter.ts';
import { servingVariant, VARIANT_NAMES, type VariantName } from '../../../model/quantize.ts';
import { RandomStream } from '../../../model/random.ts';
import type { GptSession } from '../../../model/runtime/gpt-session.ts';
import { KvCache } from '../../../model/runtime/kv-cache.ts';
import {
  loadSession,
  opinionatedWeights,
  randomAdapter,
  randomTokens,
  SHAPE,
  temporaryFolder,
} from './random-model.ts';

const folder = temporaryFolder();
const random = RandomStream.seeded(91);
const weights = opinionatedWeights();
const layers = linearLayers(SHAPE);
const names = layers.map(({ name }) => name);
const prompt = randomTokens(60, random);
const ROWS = [20, 59];

async function load(
  variant: VariantName,
  model = weights,
  adapted: readonly string[] = [],
): Promise<GptSession> {
  const path = join(folder, `${variant}-${random.bits()}.onnx`);
  writeFileSync(path, servingVariant(variant, SHAPE, model, adapted));
  return loadSession(path);
}

/** @param cuts where the prompt is cut into calls */
async function logitsOf(session: GptSession, cuts: readonly number[] = []): Promise<Float32Array> {
  const cache = new KvCache(SHAPE);
  const [start, ...ends] = [0, ...cuts];
  let from = start!;
  for (const to of ends) {
    await session.step(cache, { ids: prompt.slice(from, to), rows: [], head: [] });
    from = to;
  }
  const rows = cuts.length === 0 ? ROWS : [prompt.length - 1 - from];
  return session.step(cache, { ids: prompt.slice(from), rows, head: 'full' });
}

function relativeRms(a: Float32Array, b: Float32Array): number {
  const squares = (values: Iterable<number>): number => [...values].reduce((sum, v) => sum + v * v, 0);
  return Math.sqrt(squares(a.map((v, i) => v - b[i]!)) / squares(b));
}

describe.each(VARIANT_NAMES)('a base of which %s adapters are taken', (variant) => {
  let base: GptSession;
  let lost: number;
  beforeAll(async () => {
    base = await load(variant, weights, names);
    const floats = await load('fp32');
    lost = relativeRms(await logitsOf(base), await logitsOf(floats));
    await floats.release();
  });
  afterAll(() => base.release());

  it('is without one, to the last bit, the model that takes none', async () => {
    const plain = await load(variant);
    expect(await logitsOf(base)).toEqual(await logitsOf(plain));
    await plain.release();
  });

  it.each([1, 3, 8])('is with one of rank %i the merged model', async (rank) => {
    const adapter = randomAdapter(rank, random);
    const merged = await load('fp32', mergeAdapter(weights, adapter));
    const expected = await logitsOf(merged);
    const error = relativeRms(await logitsOf(base.adapted(adapter)), expected);
    // In floats they differ by rounding; else the task loses about as much as the base lost when it was quantised.
    expect(error).toBeLessThan(variant === 'fp32' ? 1e-5 : 2 * lost);
    expect(relativeRms(await logitsOf(base), expected)).toBeGreaterThan(0.1);
    await merged.release();
  });

  it.each([1, 8])('answers to the last bit alike however a prompt is cut, with rank %i', async (rank) => {
    const session = base.adapted(randomAdapter(rank, random));
    const whole = (await logitsOf(session)).subarray(SHAPE.vocab);
    for (const cuts of [[2], [30], [14, 40, 58]]) expect(await logitsOf(session, cuts)).toEqual(whole);
  });
});

describe('an adapter', () => {
  it('is read from its file as it was written, and refused by another shape', async () => {
    const adapter = randomAdapter(3, random, layers.slice(1, 6));
    const file = encodeAdapter(adapter);
    expect(decodeAdapter(SHAPE, file)).toEqual(adapter);
    const narrower = { ...SHAPE, width: 32 };
    expect(() => decodeAdapter(narrower, file, 'a.safetensors')).toThrow(
      'a.safetensors is not an adapter of this model: h.0.attn.c_proj.lora_A should be F32 [32,3], the file has F32 [64,3]',
    );
    const shallower = { ...SHAPE, layers: 1 };
    expect(() => decodeAdapter(shallower, file)).toThrow('it has no layer for h.1.attn.c_attn.lora_A');
    expect(decodeAdapter(SHAPE, encodeAdapter({ rank: 1, changes: new Map() })).changes.size).toBe(0);
  });

  it('may change some of the layers, but none whose changes the graph does not take', async () => {
    const some = layers.slice(0, 3);
    const base = await load(
      'fp32',
      weights,
      some.map(({ name }) => name),
    );
    const adapter = randomAdapter(2, random, some.slice(1));
    const merged = await load('fp32', mergeAdapter(weights, adapter));
    expect(relativeRms(await logitsOf(base.adapted(adapter)), await logitsOf(merged))).toBeLessThan(1e-5);
    expect(() => base.adapted(randomAdapter(2, random))).toThrow('the adapter changes h.0.mlp.c_proj');
    await base.release();
    await merged.release();
  });
});
