import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TOKENIZER } from '../model/bundle.ts';
import type { LanguageModel } from '../model/hugging-face/folder.ts';
import { formatTokenizerJson, parseTokenizerJson } from '../model/tokenizer-json.ts';
import { encodeWeights } from '../model/weights.ts';
import { TinyError } from '../protocols/errors.ts';
import { writeArtefact } from './artefact.ts';
import { CHECKPOINT_FILES, CHECKPOINT_FORMAT, readModel, type TrainingState } from './engines/checkpoint.ts';

/**
 * A model to start from: a folder laid out like a checkpoint at step 0, with the tokenizer in the place of the optimizer
 * state. It knows of no task.
 *
 * | file | holds |
 * |---|---|
 * | `model.safetensors` | the weights, float32 |
 * | `state.json` | shape, and the hash of the tokenizer the ids belong to |
 * | `tokenizer.json` | that tokenizer |
 */
export async function writeBaseModel(
  folder: string,
  { shape, weights, tokenizer }: LanguageModel,
): Promise<void> {
  const state: TrainingState = {
    format: CHECKPOINT_FORMAT,
    step: 0,
    seed: 0,
    dataCursor: 0,
    shape,
    tokenizerHash: tokenizer.hash,
  };
  await writeArtefact(
    folder,
    new Map<string, string | Uint8Array>([
      [CHECKPOINT_FILES.model, encodeWeights(shape, weights)],
      [CHECKPOINT_FILES.state, `${JSON.stringify(state, null, 2)}\n`],
      [TOKENIZER, formatTokenizerJson(tokenizer)],
    ]),
  );
}

/** Reads such a folder; anything missing, damaged or of another model refuses the whole of it. */
export async function readBaseModel(folder: string): Promise<LanguageModel> {
  const { state, weights } = await readModel(folder);
  const path = join(folder, TOKENIZER);
  const tokenizer = parseTokenizerJson(await readText(path), path);
  if (tokenizer.hash !== state.tokenizerHash || tokenizer.vocabSize !== state.shape.vocab) {
    throw new TinyError(`${path} is not the tokenizer of the model beside it`, importAnew);
  }
  return { shape: state.shape, weights, tokenizer };
}

const importAnew = 'make the folder again with `tinyllm import`';

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new TinyError(`${path} cannot be read`, importAnew, { cause });
  }
}
