import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TinyError } from '../../protocols/errors.ts';
import { fromBfloat16, fromHalf } from '../half.ts';
import { decodeSafetensors, type StoredTensor } from '../safetensors.ts';
import type { GptShape } from '../shape.ts';
import { type BpeTokenizer, END_OF_TEXT } from '../tokenizer.ts';
import { formatTokenizerJson, parseTokenizerJson } from '../tokenizer-json.ts';
import { encodeWeights, type GptWeights, selectWeights } from '../weights.ts';
import { formatConfig, parseConfig } from './config.ts';

/** A language model with its tokenizer, and nothing of any task. */
export interface LanguageModel {
  readonly shape: GptShape;
  readonly weights: GptWeights;
  readonly tokenizer: BpeTokenizer;
}

const FILES = { config: 'config.json', model: 'model.safetensors', tokenizer: 'tokenizer.json' } as const;

/** The files of a folder that `AutoModelForCausalLM` and `AutoTokenizer` load, by name. */
export function huggingFaceFiles({
  shape,
  weights,
  tokenizer,
}: LanguageModel): Map<string, string | Uint8Array> {
  const { endOfText } = tokenizer;
  return new Map<string, string | Uint8Array>([
    [FILES.config, formatConfig(shape, endOfText)],
    [FILES.model, encodeWeights(shape, weights)],
    [FILES.tokenizer, formatTokenizerJson(tokenizer)],
    ['tokenizer_config.json', tokenizerConfig(shape)],
    ['generation_config.json', json({ bos_token_id: endOfText, eos_token_id: endOfText })],
  ]);
}

/**
 * Reads a Hugging Face GPT-2 folder: `config.json`, `model.safetensors` (float32, float16 or bfloat16, in one file)
 * and `tokenizer.json`. Throws `TinyError` for another architecture, other shapes, or a damaged or missing file.
 */
export async function readHuggingFaceFolder(folder: string): Promise<LanguageModel> {
  const path = (name: string): string => join(folder, name);
  const config = await readPart(folder, FILES.config);
  const shape = parseConfig(config.toString('utf8'), path(FILES.config));
  const tokenizerJson = await readPart(folder, FILES.tokenizer);
  const tokenizer = parseTokenizerJson(tokenizerJson.toString('utf8'), path(FILES.tokenizer));
  if (tokenizer.vocabSize !== shape.vocab) {
    throw new TinyError(
      `${folder}: the tokenizer has ${tokenizer.vocabSize} tokens, the model ${shape.vocab}`,
      'use the tokenizer the model was trained with; call model.resize_token_embeddings(len(tokenizer)) if it was padded',
    );
  }
  const file = await readPart(folder, FILES.model);
  const tensors = widened(decodeSafetensors(file, path(FILES.model)).tensors);
  const weights = selectWeights(shape, tensors, path(FILES.model));
  mustBeOnlyGpt2(tensors, weights, path(FILES.model));
  return { shape, weights, tokenizer };
}

/** Half floats as the float32 they stand for. */
function widened(tensors: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  return new Map([...tensors].map(([name, tensor]) => [name, inFloat32(tensor)]));
}

function inFloat32(tensor: StoredTensor): StoredTensor {
  const { dtype, shape } = tensor;
  if (dtype === 'F16') return { dtype: 'F32', shape, data: fromHalf(tensor.data) };
  if (dtype === 'BF16') return { dtype: 'F32', shape, data: fromBfloat16(tensor.data) };
  return tensor;
}

/** Causal mask buffers that older versions of the library saved with the weights. */
const MASK = /^h\.\d+\.attn\.(bias|masked_bias)$/;
const HEAD = 'lm_head.weight';

/** A tensor we would leave out changes what the model computes. */
function mustBeOnlyGpt2(tensors: ReadonlyMap<string, StoredTensor>, weights: GptWeights, name: string): void {
  for (const [key, { data }] of tensors) {
    const tensor = key.replace(/^transformer\./, '');
    if (weights.has(tensor) || MASK.test(tensor)) continue;
    if (key !== HEAD) {
      throw new TinyError(
        `${name} holds ${key}, which is no part of this GPT-2`,
        'save it as a plain GPT2LMHeadModel',
      );
    }
    const table = weights.get('wte.weight')!;
    if (data.length !== table.length || table.some((value, i) => value !== data[i])) {
      throw new TinyError(
        `${name}: ${HEAD} differs from the token table`,
        'only models with a tied head can be imported (tie_word_embeddings)',
      );
    }
  }
}

/** What people have instead of `model.safetensors`, and what to do about it. */
const OTHER_WEIGHTS: Readonly<Record<string, string>> = {
  'model.safetensors.index.json': 'the weights are in several files: save them with max_shard_size="10GB"',
  'pytorch_model.bin': 'the weights are a Python pickle: save them with safe_serialization=True',
};

async function readPart(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch (cause) {
    const others = name === FILES.model ? Object.keys(OTHER_WEIGHTS) : [];
    const other = others.find((file) => existsSync(join(folder, file)));
    const hint =
      'give a folder as save_pretrained() of model and tokenizer leave it: config.json, model.safetensors, tokenizer.json';
    const problem = existsSync(join(folder, name)) ? 'cannot be read' : 'is missing';
    throw new TinyError(
      `${join(folder, name)} ${problem}`,
      other === undefined ? hint : OTHER_WEIGHTS[other]!,
      { cause },
    );
  }
}

const tokenizerConfig = ({ context }: GptShape): string =>
  json({
    tokenizer_class: 'GPT2Tokenizer',
    model_max_length: context,
    add_prefix_space: false,
    bos_token: END_OF_TEXT,
    eos_token: END_OF_TEXT,
    unk_token: END_OF_TEXT,
  });

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
