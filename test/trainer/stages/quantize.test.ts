import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, type TestContext } from 'vitest';
import { openBundle, sha256 } from '../../../model/bundle.ts';
import { RandomStream } from '../../../model/random.ts';
import { verifyGolden } from '../../../model/verify.ts';
import { encodeWeights, initialWeights } from '../../../model/weights.ts';
import { readDataset } from '../../../trainer/datasets/registry.ts';
import { loadRecipe } from '../../../trainer/recipe.ts';
import type { Run } from '../../../trainer/stage.ts';
import { bundle } from '../../../trainer/stages/bundle.ts';
import { evaluate } from '../../../trainer/stages/evaluate.ts';
import type { Specialist } from '../../../trainer/stages/finetune.ts';
import { prepare } from '../../../trainer/stages/prepare.ts';
import { type Quantized, quantize } from '../../../trainer/stages/quantize.ts';
import { REPOSITORY, requireData } from '../../tools.ts';

const out = mkdtempSync(join(tmpdir(), 'tinyllm-quantize-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const shipped = await loadRecipe(join(REPOSITORY, 'configs', 'recipes', 'local.yaml'));
const recipe = {
  ...shipped,
  quantize: { variants: ['int8' as const, 'fp32' as const, 'q4' as const], maxDrop: 1, maxRise: 1 },
};

/** The stages on a model that has learnt nothing. */
async function untrained(test: TestContext) {
  const run: Run = { out, seed: 1, signal: new AbortController().signal, note: () => {} };
  const dataset = await readDataset(recipe.dataset, requireData('local', test), recipe);
  const data = await prepare(recipe, dataset, run);
  const shape = {
    layers: 1,
    width: 32,
    heads: 1,
    context: data.train.tokensPerExample,
    vocab: data.tokenizer.vocabSize,
  };
  const weights = initialWeights(shape, RandomStream.seeded(1));
  const specialist: Specialist = {
    folder: out,
    shape,
    weights,
    weightsHash: sha256(encodeWeights(shape, weights)),
    validation: { step: 0, macroF1: 0, accuracy: 0, lossNats: 0 },
  };
  return { run, dataset, quantized: await quantize(recipe, data, specialist, dataset, run) };
}

it('ships what is accepted, in the order of the recipe, each variant with figures and answers of its own', async (test) => {
  const { run, dataset, quantized } = await untrained(test);
  expect(quantized.table.variants.map(({ name, accepted }) => [name, accepted])).toEqual(
    recipe.quantize.variants.map((name) => [name, true]),
  );

  // As if int8 had lost too much.
  const variants = quantized.table.variants.map((v) => ({ ...v, accepted: v.name !== 'int8' }));
  const judged: Quantized = { ...quantized, table: { ...quantized.table, variants } };
  const evaluated = await evaluate(recipe, judged, dataset, run);
  expect(evaluated.table.variants.map(({ name }) => name)).toEqual(recipe.quantize.variants);
  const fp32 = evaluated.table.variants[1]!;
  expect(fp32.test).toMatchObject({ accuracy: evaluated.report.accuracy, agreement: 1 });

  const folder = join(await bundle(recipe, evaluated, undefined, dataset, run), recipe.name);
  const opened = await openBundle(folder);
  expect(opened.manifest.variants.map(({ name }) => name)).toEqual(['fp32', 'q4']);
  for (const { name, accuracy, macroF1, latencyMs, fileBytes } of opened.manifest.variants) {
    const measured = evaluated.table.variants.find((v) => v.name === name)!;
    expect({ accuracy, macroF1 }).toEqual({
      accuracy: measured.test.accuracy,
      macroF1: measured.test.macroF1,
    });
    expect({ latencyMs, fileBytes }).toEqual({
      latencyMs: measured.latencyMs,
      fileBytes: measured.fileBytes,
    });
  }
  const golden = await verifyGolden(opened);
  expect(golden).toHaveLength(2 * recipe.bundle.golden);
  for (const result of golden) expect(result).toMatchObject({ ok: true, tokensEqual: true });
});
