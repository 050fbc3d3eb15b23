import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TinyError } from '../protocols/errors.ts';
import type { Bundle } from './bundle.ts';
import { storedTensors } from './onnx/stored-tensors.ts';
import { type GptWeights, selectWeights } from './weights.ts';

/** The variant whose file holds the weights as they were trained. */
const UNQUANTISED = 'fp32';

/** The weights a bundle was made from, to the last bit. Throws `TinyError` when it ships only quantised variants. */
export async function readBundleWeights({ folder, manifest }: Bundle): Promise<GptWeights> {
  const variant = manifest.variants.find(({ name }) => name === UNQUANTISED);
  if (variant === undefined) {
    const variants = manifest.variants.map(({ name }) => name).join(', ');
    throw new TinyError(
      `bundle ${folder} has no ${UNQUANTISED} variant, only ${variants}`,
      `train it with ${UNQUANTISED} among the variants of its recipe, and export that bundle`,
    );
  }
  const path = join(folder, variant.file);
  return selectWeights(manifest.shape, storedTensors(await readFile(path), path), path);
}
