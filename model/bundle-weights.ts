import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TinyError } from '../protocols/errors.ts';
import { decodeAdapter, mergeAdapter } from './adapter.ts';
import type { Bundle } from './bundle.ts';
import { modelFiles } from './model-files.ts';
import { storedTensors } from './onnx/stored-tensors.ts';
import type { VariantName } from './quantize.ts';
import type { SharedBase, SharedBaseManifest } from './shared-base.ts';
import { variantWeights } from './variant-weights.ts';
import { type GptWeights, selectWeights } from './weights.ts';

/** The variant whose file holds the weights as they were trained. */
const UNQUANTISED = 'fp32' satisfies VariantName;

/**
 * The weights a bundle was made from, to the last bit; of an adapter of a base, both together. Throws `TinyError` when it ships
 * only quantised variants.
 */
export async function readBundleWeights(bundle: Bundle): Promise<GptWeights> {
  const { folder, manifest } = bundle;
  const variant = manifest.variants.find(({ name }) => name === UNQUANTISED);
  if (variant === undefined) {
    const variants = manifest.variants.map(({ name }) => name).join(', ');
    throw new TinyError(
      `bundle ${folder} has no ${UNQUANTISED} variant, only ${variants}`,
      `train it with ${UNQUANTISED} among the variants of its recipe, and export that bundle`,
    );
  }
  const { modelPath, adapterPath } = modelFiles(bundle, UNQUANTISED);
  const weights = selectWeights(
    manifest.shape,
    storedTensors(await readFile(modelPath), modelPath),
    modelPath,
  );
  if (adapterPath === undefined) return weights;
  return mergeAdapter(weights, decodeAdapter(manifest.shape, await readFile(adapterPath), adapterPath));
}

/** What comes nearest to the trained weights, first. */
const FINEST_FIRST: readonly VariantName[] = [UNQUANTISED, 'q8', 'int8', 'q4'];

/** The variant of a base that its weights are read from: the finest. */
export function finestVariant({ folder, manifest }: SharedBase): SharedBaseManifest['variants'][number] {
  const finest = FINEST_FIRST.flatMap((name) => manifest.variants.filter((variant) => variant.name === name));
  if (finest[0]) return finest[0];
  throw new TinyError(
    `the base ${folder} has no variant whose weights this version can read`,
    `it reads ${FINEST_FIRST.join(', ')}`,
  );
}

/** The weights of a base: as they were trained where it has them, else those that its finest variant computes with. */
export async function readBaseWeights(base: SharedBase): Promise<GptWeights> {
  const path = join(base.folder, finestVariant(base).file);
  return variantWeights(base.manifest.shape, await readFile(path), path);
}
