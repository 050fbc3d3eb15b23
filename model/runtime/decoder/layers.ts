import { TinyError } from '../../../protocols/errors.ts';
import { floatsOf, type RawTensor, rawTensors } from '../../onnx/stored-tensors.ts';
import type { GptShape } from '../../shape.ts';
import { TOKEN_TABLE } from '../../token-table.ts';
import { tensorShape } from '../../weights.ts';
import { BlockMatrix, FloatMatrix, type Matrix, RoundedVector } from './matrix.ts';
import type { DecoderMemory } from './memory.ts';
import { transpose } from './transpose.ts';

/** Addresses of float32 (width). */
export interface Norm {
  readonly gain: number;
  readonly bias: number;
}

export interface Linear {
  readonly matrix: Matrix;
  /** Address of float32 (outputs). */
  readonly bias: number;
}

export interface Layer {
  readonly beforeAttention: Norm;
  readonly queriesKeysValues: Linear;
  readonly mixed: Linear;
  readonly beforeMlp: Norm;
  readonly hidden: Linear;
  readonly output: Linear;
}

/** A model as it lies in the decoder's memory. */
export interface StoredGpt {
  readonly layers: readonly Layer[];
  readonly norm: Norm;
  readonly tokens: Matrix;
  /** Address of float32 (context, width). */
  readonly positions: number;
}

/** Of a signed code: what makes it an unsigned one, 128 greater. */
const SIGN_BIT = 0x80;

/**
 * Copies a model out of its serving graph, in whatever variant that is: norms, biases and positions are float32 in all.
 * Throws `TinyError` when the file is not such a graph of this shape. `path` is used in messages only.
 */
export function storeGpt(memory: DecoderMemory, shape: GptShape, file: Uint8Array, path: string): StoredGpt {
  const tensors = rawTensors(file, path);
  const rounded = new RoundedVector(memory, 4 * shape.width);

  const tensor = (name: string, type: RawTensor['type'], size: number): RawTensor => {
    const found = tensors.get(name);
    const is = found && `${found.type} [${found.shape}]`;
    if (found?.type === type && found.shape.reduce((product, n) => product * n, 1) === size) return found;
    throw new TinyError(
      `${path}: ${name} should be ${size} numbers of ${type}, but the file has ${is ?? 'nothing'}`,
      'check the bundle with `tinyllm verify --bundle DIR`',
    );
  };
  const floats = (name: string): number => {
    const size = tensorShape(shape, name).reduce((product, n) => product * n, 1);
    return memory.store(tensor(name, 'float32', size).bytes);
  };
  const norm = (name: string): Norm => ({ gain: floats(`${name}.weight`), bias: floats(`${name}.bias`) });

  const blocks = (name: string, rows: number, columns: number): Matrix => {
    const perRow = (tensors.get(`${name}.scales`)?.shape[1] ?? 1) as number;
    const bits = tensors.get(`${name}.codes`)?.bytes.length === rows * columns ? 8 : 4;
    const codes = memory.store(tensor(`${name}.codes`, 'uint8', (rows * columns * bits) / 8).bytes);
    const scales = memory.store(tensor(`${name}.scales`, 'float32', rows * perRow).bytes);
    return new BlockMatrix(memory, { bits, rows, columns, block: columns / perRow, codes, scales }, rounded);
  };
  const byColumns = (name: string, inputs: number, outputs: number): Matrix => {
    const { bytes } = tensor(`${name}.codes`, 'int8', inputs * outputs);
    const codes = memory.allocate(bytes.length);
    const unsigned = memory.bytes(codes, bytes.length);
    transpose(bytes, inputs, outputs, unsigned);
    for (let i = 0; i < unsigned.length; i++) unsigned[i]! ^= SIGN_BIT;
    const scales = memory.store(tensor(`${name}.scales`, 'float32', outputs).bytes);
    const matrix = { bits: 8, rows: outputs, columns: inputs, block: inputs, codes, scales } as const;
    return new BlockMatrix(memory, matrix, rounded);
  };
  const inFloats = (name: string, inputs: number, outputs: number): Matrix => {
    const { bytes } = tensor(`${name}.weight`, 'float32', inputs * outputs);
    const address = memory.allocate(bytes.length);
    transpose(floatsOf(bytes), inputs, outputs, memory.floats(address, inputs * outputs));
    return new FloatMatrix(memory, address, outputs, inputs);
  };
  const linear = (name: string): Linear => {
    const [inputs, outputs] = tensorShape(shape, `${name}.weight`) as [number, number];
    const codes = tensors.get(`${name}.codes`);
    const bias = floats(`${name}.bias`);
    if (codes === undefined) return { matrix: inFloats(name, inputs, outputs), bias };
    const isByColumn = codes.type === 'int8';
    return { matrix: isByColumn ? byColumns(name, inputs, outputs) : blocks(name, outputs, inputs), bias };
  };

  const isTableInBlocks = tensors.has(`${TOKEN_TABLE}.codes`);
  return {
    layers: Array.from({ length: shape.layers }, (_, l) => ({
      beforeAttention: norm(`h.${l}.ln_1`),
      queriesKeysValues: linear(`h.${l}.attn.c_attn`),
      mixed: linear(`h.${l}.attn.c_proj`),
      beforeMlp: norm(`h.${l}.ln_2`),
      hidden: linear(`h.${l}.mlp.c_fc`),
      output: linear(`h.${l}.mlp.c_proj`),
    })),
    norm: norm('ln_f'),
    tokens: isTableInBlocks
      ? blocks(TOKEN_TABLE, shape.vocab, shape.width)
      : new FloatMatrix(memory, floats(TOKEN_TABLE), shape.vocab, shape.width),
    positions: floats('wpe.weight'),
  };
}
