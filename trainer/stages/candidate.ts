import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type BundleManifest, type BundleVariant, openBundle } from '../../model/bundle.ts';
import { writeBundle } from '../../model/bundle-writer.ts';
import type { VariantName } from '../../model/quantize.ts';
import type { GptShape } from '../../model/shape.ts';
import type { NamedBase, SharedBase } from '../../model/shared-base.ts';
import { loadBrain, type TinyBrain } from '../../pipeline/tiny-brain.ts';
import type { FittedTask } from '../../protocols/task.ts';
import type { PreparedData } from '../prepared-data.ts';
import type { LoadedRecipe } from '../recipe.ts';
import type { Run } from '../stage.ts';

const ADAPTER_FILE = 'adapter.safetensors';
const modelFile = (variant: string): string => `model.${variant}.onnx`;

/** A bundle of a model that has not been measured: no golden examples, no figures. */
export async function writeCandidate(
  folder: string,
  recipe: LoadedRecipe,
  data: PreparedData,
  shape: GptShape,
  models: ReadonlyMap<VariantName, Uint8Array>,
  run: Run,
  base?: NamedBase,
): Promise<void> {
  const fileOf = (name: string): string => (base ? ADAPTER_FILE : modelFile(name));
  const variants = [...models].map(
    ([name, { length }]): BundleVariant => ({
      name,
      file: fileOf(name),
      fileBytes: length,
      accuracy: null,
      macroF1: null,
      latencyMs: null,
    }),
  );
  await writeBundle(folder, {
    manifest: {
      name: recipe.name,
      task: data.task,
      shape,
      tokenizer: {
        vocab: data.tokenizer.vocabSize,
        sha256: data.tokenizer.hash,
        ...(data.prunedFrom && { prunedFrom: data.prunedFrom }),
      },
      variants,
      lineage: {
        data: [
          { name: recipe.dataset, sha256: data.dataHash, ...(recipe.where ? { where: recipe.where } : {}) },
        ],
        recipe: { name: recipe.name, sha256: recipe.hash },
        ...(recipe.base && { base: { name: recipe.base.name, sha256: recipe.base.weightsHash } }),
        engine: 'onnx',
        seed: run.seed,
        commit: null,
      },
      ...(base && { base }),
    },
    tokenizer: data.tokenizer,
    golden: [],
    card: `# ${recipe.name}\n\nA candidate that has not been measured.\n`,
    models: new Map([...models].map(([name, model]) => [fileOf(name), model])),
  });
}

/** The same models with a task that has learnt more, and their variants in another order. */
export async function copyCandidate(
  from: string,
  to: string,
  { task, order }: { task: FittedTask; order: readonly string[] },
): Promise<void> {
  const { manifest, tokenizer, base: shared } = await openBundle(from);
  const variants = manifest.variants.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  await writeBundle(to, {
    manifest: { ...manifest, task, variants, ...(shared && { base: baseFrom(to, manifest, shared) }) },
    tokenizer,
    golden: [],
    card: `# ${manifest.name}\n\nA candidate without a card.\n`,
    models: await readModels(from, variants),
  });
}

/** The base of a bundle as one in `folder` names it. */
const baseFrom = (folder: string, { base }: BundleManifest, shared: SharedBase): NamedBase => ({
  ...base!,
  from: relative(folder, shared.folder).split(sep).join('/'),
});

/** The files of these variants of a bundle. */
export async function readModels(
  folder: string,
  variants: readonly BundleVariant[],
): Promise<Map<string, Uint8Array>> {
  const models = new Map<string, Uint8Array>();
  for (const { file } of variants) models.set(file, await readFile(join(folder, file)));
  return models;
}

/** Load a bundle's variant, by default its first, for as long as `work` needs it. */
export async function withBrain<T>(
  folder: string,
  work: (brain: TinyBrain) => Promise<T>,
  variant?: string,
): Promise<T> {
  const brain = await loadBrain(folder, variant === undefined ? {} : { variant });
  try {
    return await work(brain);
  } finally {
    await brain.close();
  }
}
