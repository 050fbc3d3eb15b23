import { LAYER_NORM_EPSILON } from '../onnx/ops/layer-norm.ts';
import { checkShape, type GptShape } from '../shape.ts';
import type { BpeTokenizer } from '../tokenizer.ts';
import { type GptWeights, gptTensors, type TensorSpec, weightOf } from '../weights.ts';
import { encodeGguf, type GgufTensor, type GgufValue } from './file.ts';
import { TENSOR_TYPES, type TensorTypeName } from './tensor-types.ts';

/** A model as llama.cpp wants it. */
export interface Gpt2Model {
  /** Shown by readers of the file. */
  readonly name: string;
  readonly shape: GptShape;
  readonly weights: GptWeights;
  readonly tokenizer: BpeTokenizer;
}

/**
 * A GPT-2 with its tokenizer as one GGUF file of llama.cpp's architecture `gpt2`
 * (names: https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/constants.py).
 *
 * `type` is that of the matrices. What is otherwise, and why:
 * - vectors (norms, biases) and the table of positions stay `f32`: llama.cpp adds them to float activations, and they
 *   are a few percent of the file;
 * - in a `q4_0` file the token table is `q8_0`: it is embedding and head at once, and errs most where bits are few
 *   (models/gesture: 15 instead of 22 of 1,267 tokens differ from float32, for 6 % of the file); llama.cpp's own
 *   quantiser keeps a tied table finer as well;
 * - the head has no tensor of its own: it is tied, and llama.cpp reads `token_embd.weight` where `output.weight` is absent;
 * - rows are whole blocks of every type, because widths are a multiple of 32 (`checkShape`).
 */
export function encodeGpt2(
  { name, shape, weights, tokenizer }: Gpt2Model,
  type: TensorTypeName,
  onTensor?: (name: string) => void,
): Uint8Array {
  checkShape(shape);
  const tensors = gptTensors(shape).map((spec) => ggufTensor(spec, weights, type));
  return encodeGguf(
    { metadata: new Map([...model(name, shape, type), ...vocabulary(tokenizer)]), tensors },
    onTensor,
  );
}

/** `enum llama_ftype`, for people only: "mostly" this type. */
const FILE_TYPES: Readonly<Record<TensorTypeName, number>> = { f32: 0, f16: 1, q4_0: 2, q8_0: 7 };
/** `GGML_QNT_VERSION`: of the layouts of blocks. */
const QUANTISATION_VERSION = 2;

function model(name: string, shape: GptShape, type: TensorTypeName): [string, GgufValue][] {
  return [
    ['general.architecture', { type: 'string', value: 'gpt2' }],
    ['general.name', { type: 'string', value: name }],
    ['general.file_type', { type: 'uint32', value: FILE_TYPES[type] }],
    ['general.quantization_version', { type: 'uint32', value: QUANTISATION_VERSION }],
    ['gpt2.context_length', { type: 'uint32', value: shape.context }],
    ['gpt2.embedding_length', { type: 'uint32', value: shape.width }],
    ['gpt2.feed_forward_length', { type: 'uint32', value: 4 * shape.width }],
    ['gpt2.block_count', { type: 'uint32', value: shape.layers }],
    ['gpt2.attention.head_count', { type: 'uint32', value: shape.heads }],
    ['gpt2.attention.layer_norm_epsilon', { type: 'float32', value: LAYER_NORM_EPSILON }],
  ];
}

/** `enum llama_token_type`. */
const TOKEN_TYPES = { normal: 1, control: 3 } as const;

/** Tokens in the byte alphabet and merges as "left right": the same strings as in `tokenizer.json`. */
function vocabulary({ vocabulary: { tokens, merges }, endOfText }: BpeTokenizer): [string, GgufValue][] {
  const types = Int32Array.from(tokens, (_, id) =>
    id === endOfText ? TOKEN_TYPES.control : TOKEN_TYPES.normal,
  );
  return [
    ['tokenizer.ggml.model', { type: 'string', value: 'gpt2' }],
    ['tokenizer.ggml.pre', { type: 'string', value: 'gpt-2' }],
    ['tokenizer.ggml.tokens', { type: 'strings', value: tokens }],
    ['tokenizer.ggml.token_type', { type: 'int32s', value: types }],
    ['tokenizer.ggml.merges', { type: 'strings', value: merges.map(([left, right]) => `${left} ${right}`) }],
    ['tokenizer.ggml.bos_token_id', { type: 'uint32', value: endOfText }],
    ['tokenizer.ggml.eos_token_id', { type: 'uint32', value: endOfText }],
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: false }],
  ];
}

function ggufTensor({ name, shape }: TensorSpec, weights: GptWeights, type: TensorTypeName): GgufTensor {
  const values = weightOf(weights, name);
  const isLinear = shape.length === 2 && name.startsWith('h.');
  return {
    name: ggufName(name),
    shape: isLinear ? shape.toReversed() : shape,
    type: TENSOR_TYPES[typeOf(name, shape, type)],
    values: () => (isLinear ? transposed(values, shape[1]!) : values),
  };
}

function typeOf(name: string, shape: readonly number[], type: TensorTypeName): TensorTypeName {
  if (shape.length === 1 || name === 'wpe.weight') return 'f32';
  return name === 'wte.weight' && type === 'q4_0' ? 'q8_0' : type;
}

const OUTSIDE_LAYERS: Readonly<Record<string, string>> = {
  wte: 'token_embd',
  wpe: 'position_embd',
  ln_f: 'output_norm',
};
const IN_LAYER: Readonly<Record<string, string>> = {
  ln_1: 'attn_norm',
  'attn.c_attn': 'attn_qkv',
  'attn.c_proj': 'attn_output',
  ln_2: 'ffn_norm',
  'mlp.c_fc': 'ffn_up',
  'mlp.c_proj': 'ffn_down',
};

/** `h.3.attn.c_attn.weight` -> `blk.3.attn_qkv.weight`. */
function ggufName(name: string): string {
  const [, layer, part, kind] = /^(?:h\.(\d+)\.)?(.+)\.(weight|bias)$/.exec(name)!;
  return layer === undefined ? `${OUTSIDE_LAYERS[part!]}.${kind}` : `blk.${layer}.${IN_LAYER[part!]}.${kind}`;
}

/** GPT-2's Conv1D keeps (inputs, outputs); ggml multiplies by rows of (outputs, inputs). */
function transposed(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  const out = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c]!;
  }
  return out;
}
