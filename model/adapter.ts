import { TinyError } from '../protocols/errors.ts';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from './safetensors.ts';
import type { GptShape } from './shape.ts';
import { FRAMEWORK, type GptWeights, gptTensors, weightOf } from './weights.ts';

/** A low-rank change of one linear layer: W + A B stands for its weight (Hu et al., 2021). */
export interface LowRankChange {
  /** A, row-major (inputs, rank). */
  readonly down: Float32Array;
  /** B, row-major (rank, outputs), with its scale (alpha / rank) in it. */
  readonly up: Float32Array;
}

/** What makes a base the model of one task: changes of some of its linear layers, all of one rank. */
export interface Adapter {
  /** At least 1. */
  readonly rank: number;
  /** By layer, such as `h.0.attn.c_attn`; without any, the task is answered by the base as it is. */
  readonly changes: ReadonlyMap<string, LowRankChange>;
}

/** A linear layer of a shape. */
export interface LinearLayer {
  /** Such as `h.0.attn.c_attn`. */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
}

/** The linear layers of all blocks, in the order of the model. */
export const linearLayers = (shape: GptShape): LinearLayer[] =>
  gptTensors(shape).flatMap(({ name, shape: [inputs, outputs] }) =>
    name.startsWith('h.') && outputs !== undefined
      ? [{ name: name.replace(/\.weight$/, ''), inputs: inputs!, outputs }]
      : [],
  );

const DOWN = '.lora_A';
const UP = '.lora_B';

/** As a safetensors file: `{layer}.lora_A` (inputs, rank) and `{layer}.lora_B` (rank, outputs). */
export function encodeAdapter({ rank, changes }: Adapter): Uint8Array {
  const tensors = new Map<string, StoredTensor>();
  for (const [layer, { down, up }] of changes) {
    tensors.set(`${layer}${DOWN}`, { dtype: 'F32', shape: [down.length / rank, rank], data: down });
    tensors.set(`${layer}${UP}`, { dtype: 'F32', shape: [rank, up.length / rank], data: up });
  }
  return encodeSafetensors(tensors, FRAMEWORK);
}

/** Reads the adapter of a model of this shape; throws `TinyError` where it is anything else. `name` is used in messages only. */
export function decodeAdapter(shape: GptShape, file: Uint8Array, name = 'the adapter'): Adapter {
  const { tensors } = decodeSafetensors(file, name);
  const refuse = (reason: string): TinyError =>
    new TinyError(
      `${name} is not an adapter of this model: ${reason}`,
      'use the adapter that was trained on it',
    );
  const rank = [...tensors].find(([tensor]) => tensor.endsWith(DOWN))?.[1].shape[1] ?? 1;
  const take = (tensor: string, rows: number, columns: number): Float32Array => {
    const stored = tensors.get(tensor);
    if (stored?.dtype === 'F32' && `${stored.shape}` === `${[rows, columns]}`) return stored.data;
    const found = stored === undefined ? 'nothing' : `${stored.dtype} [${stored.shape}]`;
    throw refuse(`${tensor} should be F32 [${rows},${columns}], the file has ${found}`);
  };
  const changes = new Map<string, LowRankChange>();
  for (const { name: layer, inputs, outputs } of linearLayers(shape)) {
    if (!tensors.has(`${layer}${DOWN}`) && !tensors.has(`${layer}${UP}`)) continue;
    const down = take(`${layer}${DOWN}`, inputs, rank);
    changes.set(layer, { down, up: take(`${layer}${UP}`, rank, outputs) });
  }
  if (rank < 1) throw refuse('its rank is 0');
  const known = new Set([...changes.keys()].flatMap((layer) => [`${layer}${DOWN}`, `${layer}${UP}`]));
  const stranger = [...tensors.keys()].find((tensor) => !known.has(tensor));
  if (stranger !== undefined) throw refuse(`it has no layer for ${stranger}`);
  return { rank, changes };
}

/** The plain GPT-2 that base and adapter are together. */
export function mergeAdapter(base: GptWeights, { rank, changes }: Adapter): Map<string, Float32Array> {
  const merged = new Map(base);
  for (const [layer, { down, up }] of changes) {
    const weight = weightOf(base, `${layer}.weight`).slice();
    addProduct(weight, down, up, rank);
    merged.set(`${layer}.weight`, weight);
  }
  return merged;
}

/**
 * weight += scale a b. weight (inputs, outputs), a (inputs, rank), b (rank, outputs), all row-major; summed in doubles and
 * rounded once.
 */
export function addProduct(
  weight: Float32Array,
  a: Float32Array,
  b: Float32Array,
  rank: number,
  scale = 1,
): void {
  const outputs = b.length / rank;
  for (let row = 0; row * outputs < weight.length; row++) {
    const sums = new Float64Array(outputs);
    for (let k = 0; k < rank; k++) {
      const factor = scale * a[row * rank + k]!;
      for (let column = 0; column < outputs; column++) sums[column]! += factor * b[k * outputs + column]!;
    }
    for (let column = 0; column < outputs; column++) weight[row * outputs + column]! += sums[column]!;
  }
}
