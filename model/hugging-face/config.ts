import { z } from 'zod';
import { configError } from '../../protocols/errors.ts';
import { LAYER_NORM_EPSILON } from '../onnx/ops/layer-norm.ts';
import { checkShape, type GptShape } from '../shape.ts';

/**
 * `config.json` of a Hugging Face GPT-2
 * (https://huggingface.co/docs/transformers/model_doc/gpt2, `GPT2Config`). What it leaves out has GPT-2's value there.
 */
const gpt2Config = z.object({
  model_type: z.literal('gpt2'),
  vocab_size: z.int(),
  n_positions: z.int(),
  n_embd: z.int(),
  n_layer: z.int(),
  n_head: z.int(),
});

/** Settings that would make another model of the same weights: each must be absent or one of these. */
const FIXED: Readonly<Record<string, readonly unknown[]>> = {
  activation_function: ['gelu_new', 'gelu_pytorch_tanh'], // two names of the tanh approximation
  layer_norm_epsilon: [LAYER_NORM_EPSILON],
  scale_attn_weights: [true],
  scale_attn_by_inverse_layer_idx: [false],
  tie_word_embeddings: [true],
  add_cross_attention: [false],
};

/** Writes `config.json`. `endOfText` is the id of `<|endoftext|>`. */
export const formatConfig = ({ layers, width, heads, context, vocab }: GptShape, endOfText: number): string =>
  json({
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    vocab_size: vocab,
    n_positions: context,
    n_ctx: context,
    n_embd: width,
    n_layer: layers,
    n_head: heads,
    n_inner: null,
    activation_function: 'gelu_new',
    layer_norm_epsilon: LAYER_NORM_EPSILON,
    scale_attn_weights: true,
    tie_word_embeddings: true,
    initializer_range: 0.02,
    bos_token_id: endOfText,
    eos_token_id: endOfText,
    torch_dtype: 'float32',
  });

/** Reads `config.json`; `source` names it in messages. Throws a `TinyError` for any model but a plain GPT-2. */
export function parseConfig(text: string, source: string): GptShape {
  const config = parseObject(text, source);
  const parsed = gpt2Config.safeParse(config);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw configError(
      `${source}: ${path.join('.')} is ${JSON.stringify(config[String(path[0])])}: ${message}`,
      'only GPT-2 models can be imported: a folder whose config.json says "model_type": "gpt2"',
    );
  }
  const {
    n_layer: layers,
    n_embd: width,
    n_head: heads,
    n_positions: context,
    vocab_size: vocab,
  } = parsed.data;
  const fixed: typeof FIXED = { ...FIXED, n_inner: [null, 4 * width] };
  for (const [key, allowed] of Object.entries(fixed)) {
    if (Object.hasOwn(config, key) && !allowed.includes(config[key])) {
      throw configError(
        `${source}: ${key} is ${JSON.stringify(config[key])}, which TinyLLM cannot compute`,
        `only GPT-2 as published can be imported: ${key} ${allowed.map((value) => JSON.stringify(value)).join(' or ')}`,
      );
    }
  }
  return checkShape({ layers, width, heads, context, vocab });
}

function parseObject(text: string, source: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below: text that is not JSON and JSON that is not an object are fixed alike.
  }
  throw configError(`${source} is not a JSON object`, 'download or export the folder again');
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
