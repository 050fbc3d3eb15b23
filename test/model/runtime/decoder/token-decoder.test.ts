import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servingVariant, VARIANT_NAMES } from '../../../../model/quantize.ts';
import { RandomStream } from '../../../../model/random.ts';
import { TokenDecoder } from '../../../../model/runtime/decoder/token-decoder.ts';
import { generate } from '../../../../model/runtime/generator.ts';
import { GptSession } from '../../../../model/runtime/gpt-session.ts';
import { KvCache } from '../../../../model/runtime/kv-cache.ts';
import type { GptShape } from '../../../../model/shape.ts';
import { TinyError } from '../../../../protocols/errors.ts';
import {
  collect,
  loadSession,
  modelFile,
  opinionatedWeights,
  randomTokens,
  SHAPE,
  temporaryFolder,
} from '../random-model.ts';

const folder = temporaryFolder();
const random = RandomStream.seeded(8);

/** What the session makes of a prompt. */
async function read(session: GptSession, prompt: readonly number[]): Promise<KvCache> {
  const cache = new KvCache(session.shape);
  await session.step(cache, { ids: prompt, rows: [], head: [] });
  return cache;
}

/** The greatest difference, in units of the root mean square. */
function distance(actual: Float32Array, expected: Float32Array): number {
  const rms = Math.sqrt(expected.reduce((sum, value) => sum + value ** 2, 0) / expected.length);
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0) / rms;
}

const SHAPES: Readonly<Record<string, GptShape>> = {
  'heads of 32 features': SHAPE,
  'heads of 12 features': { ...SHAPE, width: 96, heads: 8 },
  'one layer and a context of one tile': { ...SHAPE, layers: 1, context: 64 },
};

describe.each(Object.entries(SHAPES))('a model with %s', (_, shape) => {
  // A last bit may tip the rounding of an activation.
  it.each([
    ['fp32', 2e-5],
    ['int8', 0.1],
    ['q8', 0.1],
    ['q4', 0.1],
  ] as const)('is, as %s, within %f of what ONNX Runtime makes of it', async (variant, tolerance) => {
    const path = join(folder, `${variant}-${Object.values(shape).join('-')}.onnx`);
    writeFileSync(path, servingVariant(variant, shape, opinionatedWeights(shape)));
    const session = await GptSession.load(path, shape, 1);
    const decoder = await TokenDecoder.load(path, shape);
    const cache = await read(session, randomTokens(50, random));
    decoder.start(cache);
    while (cache.tokens < shape.context) {
      const [token] = randomTokens(1, random) as [number];
      const expected = await session.step(cache, { ids: [token], rows: [0], head: 'full' });
      expect(distance(decoder.next(token, 'full'), expected)).toBeLessThan(tolerance);
    }
    await session.release();
  });
});

describe('a decoder', () => {
  let session: GptSession;
  let decoder: TokenDecoder;
  const path = modelFile(folder);
  beforeAll(async () => {
    session = await loadSession(path);
    decoder = await TokenDecoder.load(path, SHAPE);
  });
  afterAll(() => session.release());

  it('writes the tokens that the session writes, until the context is full', async () => {
    const greedy = { maxTokens: SHAPE.context, temperature: 0, seed: 1, stopToken: -1 };
    for (const length of [1, 63, 64, 100]) {
      const prompt = randomTokens(length, random);
      const bySession = await collect(generate(session, prompt, greedy));
      const byDecoder = await collect(
        generate(session, prompt, greedy, { loadDecoder: async () => decoder }),
      );
      expect(byDecoder).toHaveLength(SHAPE.context - length + 1);
      expect(byDecoder).toEqual(bySession);
    }
  });

  it.each(VARIANT_NAMES)('scores few rows of the head as it scores them among all: %s', async (variant) => {
    const file = join(folder, `${variant}-${Object.values(SHAPE).join('-')}.onnx`);
    writeFileSync(file, servingVariant(variant, SHAPE, opinionatedWeights()));
    const ofVariant = await TokenDecoder.load(file, SHAPE);
    const cache = await read(session, randomTokens(20, random));
    const rows = [7, 0, SHAPE.vocab - 1, 7];
    ofVariant.start(cache);
    const all = ofVariant.next(3, 'full').slice();
    ofVariant.start(cache);
    expect([...ofVariant.next(3, rows)]).toEqual(rows.map((row) => all[row]));
  });

  it('knows nothing of the text before', async () => {
    const next = randomTokens(20, random);
    const [long, short] = [await read(session, randomTokens(150, random)), await read(session, next)];
    const scores = (by: TokenDecoder): number[] => {
      by.start(short);
      return next.flatMap((token) => [...by.next(token, 'full')]);
    };
    const fresh = scores(await TokenDecoder.load(path, SHAPE));
    decoder.start(long);
    for (const token of next.slice(0, 10)) decoder.next(token, 'full');
    expect(scores(decoder)).toEqual(fresh);
  });

  it('refuses a file of another shape', async () => {
    await expect(TokenDecoder.load(path, { ...SHAPE, width: 96 })).rejects.toThrow(TinyError);
    await expect(TokenDecoder.load(path, { ...SHAPE, layers: 3 })).rejects.toThrow(
      /h\.2\.ln_1\.weight should be 64 numbers of float32, but the file has nothing/,
    );
  });
});
