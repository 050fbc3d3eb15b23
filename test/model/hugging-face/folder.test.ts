import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { halfBits } from '../../../model/half.ts';
import {
  huggingFaceFiles,
  type LanguageModel,
  readHuggingFaceFolder,
} from '../../../model/hugging-face/folder.ts';
import { RandomStream } from '../../../model/random.ts';
import { GptSession } from '../../../model/runtime/gpt-session.ts';
import { KvCache } from '../../../model/runtime/kv-cache.ts';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../../model/safetensors.ts';
import { loadTokenizer } from '../../../model/tokenizer-json.ts';
import { TinyError } from '../../../protocols/errors.ts';
import { REPOSITORY, requirePyTorch } from '../../tools.ts';
import { modelFile, opinionatedWeights, randomTokens, temporaryFolder } from '../runtime/random-model.ts';

const root = temporaryFolder();
const folder = join(root, 'gpt2');
const weightsFile = join(folder, 'model.safetensors');
const tokenizer = await loadTokenizer(join(REPOSITORY, 'test/fixtures/tokenizer/small.tokenizer.json'));
const shape = { layers: 2, width: 64, heads: 2, context: 32, vocab: tokenizer.vocabSize };
const model: LanguageModel = { shape, weights: opinionatedWeights(shape), tokenizer };

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, contents] of huggingFaceFiles(model)) writeFileSync(join(folder, name), contents);
});

/** Writes the weights again, changed. */
function rewriteTensors(
  change: (tensors: Map<string, StoredTensor>) => Iterable<[string, StoredTensor]>,
): void {
  const { tensors } = decodeSafetensors(readFileSync(weightsFile));
  writeFileSync(weightsFile, encodeSafetensors(new Map(change(new Map(tensors)))));
}

function rewriteConfig(change: Readonly<Record<string, unknown>>): void {
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
}

const read = (): Promise<LanguageModel> => readHuggingFaceFolder(folder);

async function refusal(): Promise<string> {
  const error: unknown = await read().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TinyError);
  return `${(error as TinyError).message} | ${(error as TinyError).hint}`;
}

describe('a Hugging Face folder', () => {
  it('comes back with the same weights, bit for bit, and the same tokenizer', async () => {
    const { shape, weights, tokenizer } = await read();
    expect(shape).toEqual(model.shape);
    expect(weights).toEqual(model.weights);
    expect(tokenizer.hash).toBe(model.tokenizer.hash);
  });

  it('has our logits in PyTorch', async (test) => {
    const python = requirePyTorch(test);
    const ids = randomTokens(20, RandomStream.seeded(5), shape.vocab);
    const script = join(REPOSITORY, 'test/fixtures/hugging-face/logits.py');
    const theirs = JSON.parse(
      execFileSync(python, [script, folder, ...ids.map(String)], { encoding: 'utf8', maxBuffer: 1e8 }),
    ) as number[][];
    const session = await GptSession.load(modelFile(root, shape), shape, 1);
    const ours = await session.step(new KvCache(shape), {
      ids,
      rows: ids.map((_, row) => row),
      head: 'full',
    });
    await session.release();
    const largest = Math.max(...theirs.flat().map(Math.abs));
    const differences = theirs.flat().map((logit, i) => Math.abs(logit - ours[i]!));
    expect(differences).toHaveLength(ids.length * shape.vocab);
    // float32 against float64: opinionated weights make logits of some hundreds.
    expect(Math.max(...differences) / largest).toBeLessThan(1e-5);
  });

  it('may name tensors as GPT2LMHeadModel does, with the tied head and the mask of old versions', async () => {
    rewriteTensors((tensors) => {
      const renamed = [...tensors].map(([name, tensor]): [string, StoredTensor] => [
        `transformer.${name}`,
        tensor,
      ]);
      const mask: StoredTensor = { dtype: 'BOOL', shape: [1, 1, 2, 2], data: Uint8Array.of(1, 0, 1, 1) };
      return [
        ...renamed,
        ['lm_head.weight', tensors.get('wte.weight')!],
        ['transformer.h.0.attn.bias', mask],
      ];
    });
    expect((await read()).weights).toEqual(model.weights);
  });

  it('may hold half floats', async () => {
    rewriteTensors((tensors) =>
      [...tensors].map(([name, { shape, data }]) => {
        const half = Uint16Array.from(data as Float32Array, halfBits);
        return [name, { dtype: 'F16', shape, data: half }];
      }),
    );
    const { weights } = await read();
    for (const [name, values] of weights) {
      const original = model.weights.get(name)!;
      // Half of 2^-10, relative; the smallest numbers lose more.
      expect(values.every((v, i) => Math.abs(v - original[i]!) <= Math.abs(original[i]!) / 2048 + 1e-7)).toBe(
        true,
      );
    }
  });
});

describe('a folder is refused', () => {
  it.each([
    [{ model_type: 'llama' }, /config.json: model_type is "llama".*only GPT-2/],
    [{ n_embd: undefined }, /n_embd is undefined/],
    [{ n_layer: 3 }, /h\.2\.ln_1\.weight should be F32 \[64\], but the file has nothing/],
    [{ n_layer: 1 }, /holds h\.1\.ln_1\.weight, which is no part of this GPT-2/],
    [{ n_positions: 64 }, /wpe\.weight should be F32 \[64,64\], but the file has F32 \[32,64\]/],
    [{ n_head: 3 }, /3 heads do not divide width 64 \| use 2 heads/],
    [{ n_embd: 65 }, /width 65 is not a multiple of 32/],
    [{ vocab_size: 50257 }, /the tokenizer has 560 tokens, the model 50257/],
    [{ n_inner: 128 }, /n_inner is 128.*n_inner null or 256/],
    [{ activation_function: 'relu' }, /activation_function is "relu", which TinyLLM cannot compute/],
    [{ layer_norm_epsilon: 1e-6 }, /layer_norm_epsilon is 0.000001/],
    [{ scale_attn_by_inverse_layer_idx: true }, /scale_attn_by_inverse_layer_idx is true/],
    [{ tie_word_embeddings: false }, /tie_word_embeddings is false/],
  ])('when its config says %j', async (change, expected) => {
    rewriteConfig(change);
    expect(await refusal()).toMatch(expected);
  });

  it('when its config is not JSON', async () => {
    writeFileSync(join(folder, 'config.json'), '[1');
    expect(await refusal()).toMatch(/config.json is not a JSON object/);
  });

  it.each(['config.json', 'model.safetensors', 'tokenizer.json'])('without %s', async (name) => {
    rmSync(join(folder, name));
    expect(await refusal()).toMatch(new RegExp(`${name} is missing \\| give a folder`));
  });

  it.each([
    ['model.safetensors.index.json', /max_shard_size/],
    ['pytorch_model.bin', /safe_serialization=True/],
  ])('with %s in the place of model.safetensors', async (other, hint) => {
    renameSync(weightsFile, join(folder, other));
    expect(await refusal()).toMatch(hint);
  });

  it.each([0, 7, 200, 0.5, 0.999])('when its weights are cut off at %d', async (at) => {
    const file = readFileSync(weightsFile);
    writeFileSync(weightsFile, file.subarray(0, at < 1 ? Math.floor(at * file.length) : at));
    expect(await refusal()).toMatch(
      /model.safetensors is not a usable safetensors file: it (ends inside|has only)/,
    );
  });

  it('when the head is not the token table', async () => {
    rewriteTensors((tensors) => {
      const table = tensors.get('wte.weight')!;
      return [
        ...tensors,
        ['lm_head.weight', { ...table, data: new Float32Array(table.data.length) } as StoredTensor],
      ];
    });
    expect(await refusal()).toMatch(
      /lm_head.weight differs from the token table \| only models with a tied head/,
    );
  });

  it('when it holds a tensor of another kind of model', async () => {
    const score: StoredTensor = { dtype: 'F32', shape: [2, 1], data: Float32Array.of(1, 2) };
    rewriteTensors((tensors) => [...tensors, ['score.weight', score]]);
    expect(await refusal()).toMatch(/holds score.weight/);
  });
});
