import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseVariant } from '../model/bundle.ts';
import { modelFiles } from '../model/model-files.ts';
import { openModel } from '../model/open-model.ts';
import { servingVariant, VARIANT_NAMES, variantName } from '../model/quantize.ts';
import type { WorkerStart } from '../model/runtime/messages.ts';
import { ModelRuntime } from '../model/runtime/runtime.ts';
import type { GptShape } from '../model/shape.ts';
import type { BpeTokenizer } from '../model/tokenizer.ts';
import type { GptWeights } from '../model/weights.ts';
import { CHECKPOINT_FILES } from './engines/checkpoint.ts';
import { openBase } from './open-base.ts';

/** A model that reads and writes text. */
export interface TextModel {
  readonly shape: GptShape;
  readonly tokenizer: BpeTokenizer;
  /** The default first. */
  readonly variants: readonly string[];
  /** Has a variant loaded, by default the first, for as long as `work` takes. Throws `TinyError` when there is no such variant. */
  use<T>(settings: TextModelUse, work: (runtime: ModelRuntime) => Promise<T>): Promise<T>;
}

export interface TextModelUse extends Pick<WorkerStart, 'threads' | 'generation'> {
  readonly variant?: string | undefined;
}

/**
 * Opens whatever holds a language model: a bundle, a base, a folder that `tinyllm pretrain` or `tinyllm import` wrote, or a
 * checkpoint of a training. Of the last three any variant is made when it is used. Throws `TinyError` for any other folder.
 */
export async function openTextModel(folder: string): Promise<TextModel> {
  if (existsSync(join(folder, CHECKPOINT_FILES.state))) {
    const { shape, tokenizer, read } = await openBase(folder);
    return modelOfWeights(folder, { shape, tokenizer, read });
  }
  const model = await openModel(folder);
  const { shape, variants } = model.manifest;
  return {
    shape,
    tokenizer: model.tokenizer,
    variants: variants.map(({ name }: { readonly name: string }) => name),
    use: async ({ variant, ...settings }, work) =>
      whileLoaded({ ...modelFiles(model, variant), shape, ...settings }, work),
  };
}

/** @param name what the weights are called in messages */
export function modelOfWeights(
  name: string,
  weights: Pick<TextModel, 'shape' | 'tokenizer'> & { read(): Promise<GptWeights> },
): TextModel {
  const { shape, tokenizer, read } = weights;
  const named = { folder: name, manifest: { variants: VARIANT_NAMES.map((variant) => ({ name: variant })) } };
  return {
    shape,
    tokenizer,
    variants: VARIANT_NAMES,
    use: async ({ variant, ...settings }, work) => {
      const chosen = variantName(chooseVariant(named, variant).name);
      const graph = servingVariant(chosen, shape, await read());
      const folder = await mkdtemp(join(tmpdir(), 'tinyllm-model-'));
      try {
        const modelPath = join(folder, 'model.onnx');
        await writeFile(modelPath, graph);
        return await whileLoaded({ modelPath, shape, ...settings }, work);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function whileLoaded<T>(start: WorkerStart, work: (runtime: ModelRuntime) => Promise<T>): Promise<T> {
  const runtime = await ModelRuntime.start(start);
  try {
    return await work(runtime);
  } finally {
    await runtime.close();
  }
}
