import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBundle, sha256 } from '../../model/bundle.ts';
import { readBundleWeights } from '../../model/bundle-weights.ts';
import { huggingFaceFiles } from '../../model/hugging-face/folder.ts';
import { formatTokenizerJson } from '../../model/tokenizer-json.ts';
import { encodeWeights } from '../../model/weights.ts';
import { TinyError } from '../../protocols/errors.ts';
import { writeArtefact } from '../../trainer/artefact.ts';
import { writeBaseModel } from '../../trainer/base-model.ts';
import { CHECKPOINT_FORMAT, type TrainingState, writeCheckpoint } from '../../trainer/engines/checkpoint.ts';
import { adapterTensors } from '../../trainer/engines/lora.ts';
import { loraSettings } from '../../trainer/finetune-settings.ts';
import { openBase } from '../../trainer/open-base.ts';
import { temporaryFolder } from '../model/runtime/random-model.ts';
import { REPOSITORY } from '../tools.ts';

const root = temporaryFolder();
const BUNDLE = join(REPOSITORY, 'models/gesture');
const bundle = await openBundle(BUNDLE);
const { tokenizer } = bundle;
const { shape } = bundle.manifest;
const weights = await readBundleWeights(bundle);
const state: TrainingState = {
  format: CHECKPOINT_FORMAT,
  step: 7,
  seed: 1,
  dataCursor: 0,
  shape,
  tokenizerHash: tokenizer.hash,
};

/** The folder of a run, as prepare and finetune leave it. */
async function run(name: string, more: Partial<TrainingState> = {}): Promise<string> {
  const folder = join(root, name);
  const lora = more.lora && adapterTensors(shape, more.lora);
  const learnt = lora
    ? new Map(lora.map((t) => [t.name, new Float32Array(t.shape[0]! * t.shape[1]!)] as const))
    : weights;
  const state_ = { ...state, ...more };
  await writeCheckpoint(join(folder, 'finetune/checkpoint'), {
    state: state_,
    weights: learnt,
    firstMoment: learnt,
    secondMoment: learnt,
    average: learnt,
  });
  writeFileSync(join(folder, 'finetune/best.safetensors'), encodeWeights(shape, weights));
  mkdirSync(join(folder, 'prepare'));
  writeFileSync(join(folder, 'prepare/tokenizer.json'), formatTokenizerJson(tokenizer));
  return folder;
}

async function refusal(folder: string): Promise<TinyError> {
  const error: unknown = await openBase(folder).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TinyError);
  expect((error as TinyError).hint).not.toBe('');
  return error as TinyError;
}

describe('a base', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['a bundle', () => BUNDLE],
    [
      'an imported model',
      async () => {
        await writeBaseModel(join(root, 'imported'), { shape, weights, tokenizer });
        return join(root, 'imported');
      },
    ],
    [
      'a Hugging Face folder',
      async () => {
        await writeArtefact(join(root, 'hf'), huggingFaceFiles({ shape, weights, tokenizer }));
        return join(root, 'hf');
      },
    ],
    ['the best weights of a run', async () => join(await run('best'), 'finetune')],
    ['the checkpoint of a run', async () => join(await run('last'), 'finetune/checkpoint')],
    [
      'the best weights of a run that trained adapters',
      async () => join(await run('lora', { lora: loraSettings.parse({ rank: 2 }) }), 'finetune'),
    ],
  ])('may be %s: shape, tokenizer and weights are the same', async (_, make) => {
    const base = await openBase(await make());
    expect(base.shape).toEqual(shape);
    expect(base.tokenizer.hash).toBe(tokenizer.hash);
    const bytes = encodeWeights(shape, weights);
    expect(Buffer.compare(encodeWeights(base.shape, await base.read()), bytes)).toBe(0);
    expect(base.weightsHash).toBe(sha256(bytes));
  });

  it('is refused where there is none, or only a part of one', async () => {
    expect((await refusal(join(root, 'nowhere'))).message).toContain(join(root, 'nowhere'));
    const adapters = await run('adapters', { lora: loraSettings.parse({ rank: 2 }) });
    const { message, hint } = await refusal(join(adapters, 'finetune/checkpoint'));
    expect(message).toContain('adapters only');
    expect(hint).toContain('best.safetensors');
  });

  it('is refused without its tokenizer, or with another', async () => {
    const folder = await run('other');
    const other = join(REPOSITORY, 'models/local/tokenizer.json');
    cpSync(other, join(folder, 'prepare/tokenizer.json'));
    expect((await refusal(join(folder, 'finetune'))).message).toContain('is not the tokenizer of the model');
    rmSync(join(folder, 'prepare'), { recursive: true });
    expect((await refusal(join(folder, 'finetune'))).message).toContain('no tokenizer.json');
  });

  it('is refused when a file of it is damaged', async () => {
    const folder = await run('damaged');
    writeFileSync(join(folder, 'finetune/best.safetensors'), 'no weights');
    expect((await refusal(join(folder, 'finetune'))).message).toContain('best.safetensors');
  });
});
