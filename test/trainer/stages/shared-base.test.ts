import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { openBundle } from '../../../model/bundle.ts';
import { readBundleWeights } from '../../../model/bundle-weights.ts';
import { modelHash } from '../../../model/model-files.ts';
import { storedTensors } from '../../../model/onnx/stored-tensors.ts';
import { verifyGolden } from '../../../model/verify.ts';
import { decodeWeights, selectWeights } from '../../../model/weights.ts';
import { answer } from '../../../pipeline/brain.ts';
import { startBrains } from '../../../pipeline/shared-models.ts';
import { command as exportCommand } from '../../../trainer/commands/export.ts';
import { splitRows } from '../../../trainer/datasets/dataset.ts';
import { rowWindow } from '../../../trainer/row-windows.ts';
import { bundle } from '../../../trainer/stages/bundle.ts';
import { evaluate } from '../../../trainer/stages/evaluate.ts';
import { finetune } from '../../../trainer/stages/finetune.ts';
import { prepare } from '../../../trainer/stages/prepare.ts';
import { quantize } from '../../../trainer/stages/quantize.ts';
import { loudness, loudnessRecipe, tinyTraining } from './tiny-training.ts';

/* Two tasks from one base, through the stages as `tinyllm train` does: each leaves an adapter and the same base. */

const LORA = { rank: 2, alpha: 3 };
const STEPS = { steps: 12, evaluateEvery: 4 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
  const { run, training } = tinyTraining(join(folder, 'start'));
  const recipe = await loudnessRecipe(join(folder, 'start-recipe'), STEPS);
  await finetune(recipe, await prepare(recipe, loudness(), run), training, run);
  return () => rm(folder, { recursive: true });
});

async function train(name: string, base: string, seed: number) {
  const { run, training } = tinyTraining(join(folder, name), { seed });
  const recipe = await loudnessRecipe(join(folder, `${name}-recipe`), { ...STEPS, lora: LORA }, base, {
    name,
    baselines: false,
    quantize: { variants: ['fp32', 'int8'], maxDrop: 1, maxRise: 1 },
    bundle: { golden: 2, goldenFrom: 'validation', maxBytes: 1e6, adapter: true },
  });
  const dataset = { ...loudness(), hash: '0'.repeat(64) };
  const data = await prepare(recipe, dataset, run);
  const specialist = await finetune(recipe, data, training, run);
  const quantized = await quantize(recipe, data, specialist, dataset, run);
  const evaluated = await evaluate(recipe, quantized, dataset, run);
  const finished = join(await bundle(recipe, evaluated, undefined, dataset, run), name);
  const best = await readFile(join(specialist.folder, 'best.safetensors'));
  return { recipe, dataset, finished, merged: decodeWeights(specialist.shape, best) };
}

it.each([
  [{}, {}, 'bundle.adapter: all weights are trained, there is no adapter'],
  [{ lora: LORA }, { pruneVocabulary: true }, 'bundle.adapter: the base must stay as it is'],
])(
  'finetune %j and %j leave no adapter of a base that others could share',
  async (finetuned, more, refusal) => {
    const from = join(folder, 'start', 'finetune');
    const asked = loudnessRecipe(join(folder, 'refused'), finetuned, from, {
      ...more,
      bundle: { golden: 1, goldenFrom: 'validation', maxBytes: 1e6, adapter: true },
    });
    await expect(asked).rejects.toThrow(refusal);
  },
);

it('two trainings from one model leave adapters of the same base, which serves both', async () => {
  const one = await train('one', join(folder, 'start', 'finetune'), 1);
  // The second starts from the base that the first has left.
  const two = await train('two', join(folder, 'one', 'bundle', 'base'), 2);
  const bundles = await Promise.all([openBundle(one.finished), openBundle(two.finished)]);
  for (const variant of ['fp32', 'int8']) {
    expect(modelHash(bundles[0]!, variant)).toBe(modelHash(bundles[1]!, variant));
  }
  for (const opened of bundles) {
    expect((await verifyGolden(opened)).filter(({ ok }) => !ok)).toEqual([]);
    const { size } = await stat(join(opened.folder, 'adapter.safetensors'));
    expect(opened.manifest.variants.map(({ fileBytes }) => fileBytes)).toEqual([size, size]);
  }
  const weights = await readBundleWeights(bundles[0]!);
  for (const [name, values] of one.merged) {
    const off = values.map((value, i) => Math.abs(value - weights.get(name)![i]!));
    expect(Math.max(...off), name).toBeLessThan(1e-6); // the scale is in B, rounded
  }

  // Whoever takes an export knows nothing of adapters.
  const exported = join(folder, 'one.onnx');
  await exportCommand.run([
    '--bundle',
    one.finished,
    '--format',
    'onnx',
    '--variant',
    'fp32',
    '--out',
    exported,
  ]);
  const { shape } = bundles[0]!.manifest;
  expect(selectWeights(shape, storedTensors(await readFile(exported), exported), exported)).toEqual(weights);

  const brains = await startBrains(bundles);
  const [row] = splitRows(one.dataset, 'validation', one.recipe);
  const window = rowWindow(one.recipe.spec, row!, 0);
  const [first, second] = await Promise.all(brains.map((brain) => answer(brain, 'room', window)));
  expect(first!.probs).not.toEqual(second!.probs);
  for (const brain of brains) await brain.close();
});
