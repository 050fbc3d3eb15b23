import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MANIFEST, openBundle, sha256, TOKENIZER } from '../model/bundle.ts';
import { readBaseWeights, readBundleWeights } from '../model/bundle-weights.ts';
import { type LanguageModel, readHuggingFaceFolder } from '../model/hugging-face/folder.ts';
import type { GptShape } from '../model/shape.ts';
import { isSharedBase, openSharedBase } from '../model/shared-base.ts';
import type { BpeTokenizer } from '../model/tokenizer.ts';
import { parseTokenizerJson } from '../model/tokenizer-json.ts';
import { decodeWeights, encodeWeights, type GptWeights } from '../model/weights.ts';
import { configError } from '../protocols/errors.ts';
import { CHECKPOINT_FILES, readModel, readState, type TrainingState } from './engines/checkpoint.ts';
import { ENGINE_FILES } from './engines/engine.ts';

/** A model that fine-tuning starts from. Its weights, which may be large, are read when they are needed. */
export interface Base {
  readonly folder: string;
  /** The folder's own name. */
  readonly name: string;
  readonly shape: GptShape;
  readonly tokenizer: BpeTokenizer;
  /** SHA-256 of the weights as our own files hold them. */
  readonly weightsHash: string;
  read(): Promise<GptWeights>;
}

/** Every kind of folder that holds a model, by a file that only it has. */
const KINDS: readonly { readonly file: string; readonly read: (folder: string) => Promise<LanguageModel> }[] =
  [
    { file: MANIFEST, read: readBundle },
    { file: CHECKPOINT_FILES.state, read: readCheckpointModel },
    { file: ENGINE_FILES.best, read: readBestOfRun },
    { file: 'config.json', read: readHuggingFaceFolder },
  ];

/**
 * Opens a model to start from: a bundle with its fp32 variant, a base without a task in any variant (its finest counts), a base
 * model that `tinyllm pretrain` or `tinyllm import` wrote, a training's `finetune` folder (its best weights) or
 * `finetune/checkpoint` (its last ones), or a Hugging Face GPT-2 folder. Throws `TinyError` for any other folder, and for one that is damaged or incomplete.
 */
export async function openBase(folder: string): Promise<Base> {
  const kind = KINDS.find(({ file }) => existsSync(join(folder, file)));
  if (kind === undefined) {
    throw configError(
      `there is no model to start from at ${folder}`,
      'give a bundle, a folder that `tinyllm import` wrote, the `finetune` folder of a run, or a Hugging Face GPT-2 folder',
    );
  }
  const { shape, tokenizer, weights } = await kind.read(folder);
  return {
    folder,
    name: basename(resolve(folder)),
    shape,
    tokenizer,
    weightsHash: sha256(encodeWeights(shape, weights)),
    read: async () => (await kind.read(folder)).weights,
  };
}

async function readBundle(folder: string): Promise<LanguageModel> {
  if (await isSharedBase(folder)) return readSharedBase(folder);
  const bundle = await openBundle(folder);
  return {
    shape: bundle.manifest.shape,
    tokenizer: bundle.tokenizer,
    weights: await readBundleWeights(bundle),
  };
}

async function readSharedBase(folder: string): Promise<LanguageModel> {
  const base = await openSharedBase(folder);
  return { shape: base.manifest.shape, tokenizer: base.tokenizer, weights: await readBaseWeights(base) };
}

/** A base model has its tokenizer beside it; of a checkpoint it lies in the run's folder. */
async function readCheckpointModel(folder: string): Promise<LanguageModel> {
  const { state, weights } = await readModel(folder);
  return { shape: state.shape, weights, tokenizer: await tokenizerOf(folder, state) };
}

async function readBestOfRun(folder: string): Promise<LanguageModel> {
  const state = await readState(join(folder, ENGINE_FILES.checkpoint));
  const path = join(folder, ENGINE_FILES.best);
  const weights = decodeWeights(state.shape, await readFile(path), path);
  return { shape: state.shape, weights, tokenizer: await tokenizerOf(folder, state) };
}

/** The tokenizer whose hash the state names: beside the model, or where the run that trained it keeps its own. */
async function tokenizerOf(
  folder: string,
  { tokenizerHash, shape }: Pick<TrainingState, 'tokenizerHash' | 'shape'>,
): Promise<BpeTokenizer> {
  const above = dirname(resolve(folder));
  const isCheckpoint = basename(resolve(folder)) === ENGINE_FILES.checkpoint;
  const run = isCheckpoint ? dirname(above) : above;
  const paths = [join(folder, TOKENIZER), join(run, 'prepare', TOKENIZER)].filter((path) => existsSync(path));
  for (const path of paths) {
    const tokenizer = parseTokenizerJson(await readFile(path, 'utf8'), path);
    if (tokenizer.hash === tokenizerHash && tokenizer.vocabSize === shape.vocab) return tokenizer;
  }
  throw configError(
    paths.length === 0
      ? `the model in ${folder} has no ${TOKENIZER} beside it`
      : `${paths.join(' and ')} ${paths.length > 1 ? 'are' : 'is'} not the tokenizer of the model in ${folder}`,
    `copy the ${TOKENIZER} that it was trained with into ${folder} (a run keeps it in its prepare folder)`,
  );
}
