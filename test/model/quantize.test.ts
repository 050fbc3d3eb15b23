import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBundle, readGolden } from '../../model/bundle.ts';
import { readBundleWeights } from '../../model/bundle-weights.ts';
import { servingVariant, tableRowBytes, VARIANT_NAMES, type VariantName } from '../../model/quantize.ts';
import { RandomStream } from '../../model/random.ts';
import { generate } from '../../model/runtime/generator.ts';
import { GptSession } from '../../model/runtime/gpt-session.ts';
import { KvCache } from '../../model/runtime/kv-cache.ts';
import { LabelScorer } from '../../model/runtime/label-scorer.ts';
import type { GptShape } from '../../model/shape.ts';
import { type GptWeights, initialWeights } from '../../model/weights.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { REPOSITORY } from '../tools.ts';
import { relativeRms } from './quantize/relative-rms.ts';
import { collect, opinionatedWeights, randomTokens, temporaryFolder } from './runtime/random-model.ts';

const folder = temporaryFolder();

/** A model whose variants are written once each. */
class Model {
  readonly shape: GptShape;
  readonly weights: GptWeights;
  readonly #files = new Map<VariantName, string>();

  constructor(shape: GptShape, weights: GptWeights) {
    this.shape = shape;
    this.weights = weights;
  }

  file(variant: VariantName): string {
    const known = this.#files.get(variant);
    if (known !== undefined) return known;
    const path = join(mkdtempSync(join(folder, 'model-')), `${variant}.onnx`);
    writeFileSync(path, servingVariant(variant, this.shape, this.weights));
    this.#files.set(variant, path);
    return path;
  }
}

async function withVariant<T>(
  variant: VariantName,
  model: Model,
  work: (session: GptSession) => Promise<T>,
): Promise<T> {
  const session = await GptSession.load(model.file(variant), model.shape, 1);
  try {
    return await work(session);
  } finally {
    await session.release();
  }
}

/** Logits over the whole vocabulary after the last of `ids`, read in calls of these sizes. */
async function logits(
  session: GptSession,
  ids: readonly number[],
  calls: readonly number[] = [ids.length],
): Promise<Float32Array> {
  const cache = new KvCache(session.shape);
  for (const size of calls.slice(0, -1)) {
    await session.step(cache, { ids: ids.slice(cache.tokens, cache.tokens + size), rows: [], head: [] });
  }
  const rest = ids.slice(cache.tokens);
  return Float32Array.from(await session.step(cache, { ids: rest, rows: [rest.length - 1], head: 'full' }));
}

const WIDE: GptShape = { layers: 2, width: 256, heads: 4, context: 256, vocab: 300 };
const NARROW: GptShape = { layers: 4, width: 96, heads: 3, context: 256, vocab: 300 };
const wide = new Model(WIDE, initialWeights(WIDE, RandomStream.seeded(5)));
const narrow = new Model(NARROW, initialWeights(NARROW, RandomStream.seeded(5)));
const opinionated = new Model(NARROW, opinionatedWeights(NARROW));

/** Relative RMS of the logits of random weights; measured up to .024, .024, .17 at 384 wide. */
const RANDOM_BOUND = { fp32: 0, int8: 0.03, q8: 0.03, q4: 0.2 };

describe.each(VARIANT_NAMES)('the variant %s', (variant) => {
  const ids = randomTokens(200, RandomStream.seeded(6), WIDE.vocab);

  it('is near the float model on random weights', async () => {
    const exact = await withVariant('fp32', wide, (session) => logits(session, ids));
    const ours = await withVariant(variant, wide, (session) => logits(session, ids));
    const error = relativeRms(ours, exact);
    expect(error).toBeLessThanOrEqual(RANDOM_BOUND[variant]);
    if (variant !== 'fp32') expect(error).toBeGreaterThan(1e-4);
  });

  it('scores chosen tokens as it scores them among all', async () => {
    await withVariant(variant, wide, async (session) => {
      const full = await logits(session, ids);
      const head = [4, 299, 0];
      const chosen = await session.step(new KvCache(WIDE), { ids, rows: [ids.length - 1], head });
      const some = head.map((id) => full[id]!);
      expect(relativeRms(chosen, some)).toBeLessThan(variant === 'fp32' ? 1e-6 : 0.02);
    });
  });

  const calls = [[64, 64, 64, 8], [100, 100], [33 * 2, 134], new Array(50).fill(4), [196, 4], [2, 198]];
  // ONNX Runtime's block kernels sum the odd row of a call in another order.
  const odd = [
    [33, 60, 107],
    [3, 5, 7, 185],
  ];
  const exactCalls = variant === 'fp32' || variant === 'int8' ? [...calls, ...odd] : calls;

  it.each([wide, narrow])(
    'is exact at width $shape.width, however the prompt is cut into calls',
    async (model) => {
      await withVariant(variant, model, async (session) => {
        for (const count of [200, 199]) {
          const oneShot = await logits(session, ids.slice(0, count));
          for (const sizes of exactCalls) {
            const inCalls = await logits(session, ids.slice(0, count), sizes);
            expect([count, sizes, relativeRms(inCalls, oneShot)]).toEqual([count, sizes, 0]);
          }
        }
      });
    },
  );

  it('scores labels the same, however a window is pushed', async () => {
    await withVariant(variant, opinionated, async (session) => {
      const completions = [
        { label: 'one', tokens: [1] },
        { label: 'two', tokens: [2, 3] },
        { label: 'two and more', tokens: [2, 4] },
      ];
      const scorer = await LabelScorer.create(session, { prefix: ids.slice(0, 7), completions });
      for (const length of [150, 151]) {
        const window = ids.slice(7, 7 + length);
        const scores = [];
        for (const [sequence, size] of [1, 5, 33, length].entries()) {
          scorer.open(sequence);
          for (let i = 0; i < length; i += size) await scorer.push(sequence, window.slice(i, i + size));
          scores.push(await scorer.score(sequence));
        }
        expect(scores).toEqual(new Array(4).fill(scores[0]));
      }
    });
  });

  it('goes on token by token near the one-shot result', async () => {
    await withVariant(variant, wide, async (session) => {
      const oneShot = await logits(session, ids.slice(0, 40));
      const stepwise = await logits(session, ids.slice(0, 40), new Array(40).fill(1));
      expect(relativeRms(stepwise, oneShot)).toBeLessThan(0.03);
    });
  });

  it('generates the same tokens each time', async () => {
    await withVariant(variant, opinionated, async (session) => {
      const options = { maxTokens: 30, temperature: 0, seed: 1, stopToken: -1 };
      const first = await collect(generate(session, ids.slice(0, 10), options));
      expect(first).toHaveLength(30);
      expect(await collect(generate(session, ids.slice(0, 10), options))).toEqual(first);
    });
  });
});

const gesture = await openBundle(join(REPOSITORY, 'models', 'gesture'));
const trained = new Model(gesture.manifest.shape, await readBundleWeights(gesture));
const golden = await readGolden(gesture);
/** Measured at most .010, .011, .023. */
const TRAINED_BOUND = { fp32: 0, int8: 0.02, q8: 0.02, q4: 0.04 };

it.each(VARIANT_NAMES)('%s is near the float model on the gestures that ship', async (variant) => {
  const { prefix } = promptWriter(gesture.manifest.task, gesture.tokenizer);
  const logitsOf = (name: VariantName) =>
    withVariant(name, trained, async (session) => {
      const all: number[] = [];
      for (const { tokens } of golden) all.push(...(await logits(session, [...prefix, ...tokens])));
      return all;
    });
  expect(relativeRms(await logitsOf(variant), await logitsOf('fp32'))).toBeLessThanOrEqual(
    TRAINED_BOUND[variant],
  );
});

it('stores a weight in about 32, 8, 9 and 5 bits', () => {
  const blocks = 12 * WIDE.width * WIDE.width * WIDE.layers;
  const table = WIDE.vocab * WIDE.width;
  const sizes = VARIANT_NAMES.map((variant) => statSync(wide.file(variant)).size);
  const floats = 4 * (WIDE.context + 13 * WIDE.layers + 2) * WIDE.width;
  const graph = 30_000;
  const expected = [
    4 * (blocks + table),
    blocks + table * (1 + 4 / 128),
    (blocks + table) * (1 + 4 / 128),
    blocks * (0.5 + 4 / 128) + table * (1 + 4 / 128),
  ];
  for (const [i, size] of sizes.entries()) {
    expect(size).toBeGreaterThan(expected[i]! + floats);
    expect(size).toBeLessThan(expected[i]! + floats + graph + 4 * 9 * WIDE.width * WIDE.layers);
  }
});

it.each(VARIANT_NAMES)('knows what a row of the token table takes in %s', (variant) => {
  const bytes = (vocab: number, width: number) => {
    const shape = { layers: 1, width, heads: 1, context: 8, vocab };
    return servingVariant(variant, shape, initialWeights(shape, RandomStream.seeded(1))).length;
  };
  for (const width of [64, 128, 384]) {
    // Lengths in the file's own framing take a few bytes more.
    const added = bytes(3000, width) - bytes(1000, width);
    expect(Math.abs(added - 2000 * tableRowBytes(variant, width))).toBeLessThan(40);
  }
});
