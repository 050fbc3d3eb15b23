import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TinyError } from '../protocols/errors.ts';
import { decodeAdapter, mergeAdapter } from './adapter.ts';
import type { Bundle } from './bundle.ts';
import { modelFiles } from './model-files.ts';
import { storedTensors } from './onnx/stored-tensors.ts';
import type { SharedBase } from './shared-base.ts';
import { type GptWeights, selectWeights } from './weights.ts';

/** The variant whose file holds the weights as they were trained. */
const UNQUANTISED = 'fp32';

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

/** The weights of a base as they were trained. Throws `TinyError` when it has only quantised variants. */
export async function readBaseWeights({ folder, manifest }: SharedBase): Promise<GptWeights> {
  const variant = manifest.variants.find(({ name }) => name === UNQUANTISED);
  if (variant === undefined) {
    throw new TinyError(
      `the base ${folder} has no ${UNQUANTISED} variant`,
      'start from the model that it was made from',
    );
  }
  const path = join(folder, variant.file);
  return selectWeights(manifest.shape, storedTensors(await readFile(path), path), path);
}
