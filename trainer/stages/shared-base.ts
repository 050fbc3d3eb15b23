import { join } from 'node:path';
import { encodeAdapter, linearLayers } from '../../model/adapter.ts';
import { writeSharedBase } from '../../model/bundle-writer.ts';
import { servingVariant, type VariantName } from '../../model/quantize.ts';
import { BASE_FOLDER, type NamedBase, openSharedBase } from '../../model/shared-base.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { PreparedData } from '../prepared-data.ts';
import type { LoadedRecipe } from '../recipe.ts';
import type { Specialist } from './finetune.ts';

/** What a bundle's variants are. */
export interface BundleModels {
  /** The file of each variant; of adapters it is the same for all. */
  readonly models: ReadonlyMap<VariantName, Uint8Array>;
  /** Where they are adapters. */
  readonly base?: NamedBase;
}

/**
 * Writes the recipe's base in these variants as one that takes adapters, in `folder/base`. Its graphs take changes of every
 * linear layer, whichever this task has learnt: so the bases of all tasks that start from one model are the same to the last byte.
 */
export async function onSharedBase(
  folder: string,
  { base }: LoadedRecipe,
  { tokenizer }: PreparedData,
  { shape, adapter }: Specialist,
  names: readonly VariantName[],
): Promise<BundleModels> {
  if (!base || !adapter) {
    throw new TinyError(
      'bundle.adapter: the training left no adapter',
      'train anew with this version, in another folder (--out)',
    );
  }
  const weights = await base.read();
  const adapted = linearLayers(shape).map(({ name }) => name);
  const files = names.map((name) => {
    return { name, file: `model.${name}.onnx`, model: servingVariant(name, shape, weights, adapted) };
  });
  const place = join(folder, BASE_FOLDER);
  await writeSharedBase(
    place,
    {
      name: base.name,
      shape,
      tokenizer: { vocab: tokenizer.vocabSize, sha256: tokenizer.hash },
      variants: files.map(({ name, file, model }) => ({ name, file, fileBytes: model.length })),
      adapted,
      lineage: { base: { name: base.name, sha256: base.weightsHash } },
    },
    tokenizer,
    new Map(files.map(({ file, model }) => [file, model])),
  );
  const { manifest } = await openSharedBase(place);
  const bytes = encodeAdapter(adapter);
  return {
    models: new Map(names.map((name) => [name, bytes])),
    base: {
      name: base.name,
      from: `../${BASE_FOLDER}`,
      sha256: Object.fromEntries(files.map(({ name, file }) => [name, manifest.files[file]!])),
    },
  };
}
