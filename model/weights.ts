import { TinyError } from '../protocols/errors.ts';
import type { RandomStream } from './random.ts';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from './safetensors.ts';
import type { GptShape } from './shape.ts';

/** One learnt tensor under its Hugging Face name. Linear weights are `[inputs, outputs]` (GPT-2's Conv1D). */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Every tensor of `gptTensors(shape)` by name, row-major. */
export type GptWeights = ReadonlyMap<string, Float32Array>;

/** The tensors of a GPT-2 in file order. This order is fixed: optimizer state is laid out by it. */
export function gptTensors({ layers, width, context, vocab }: GptShape): TensorSpec[] {
  const norm = (name: string): TensorSpec[] => [
    { name: `${name}.weight`, shape: [width] },
    { name: `${name}.bias`, shape: [width] },
  ];
  const linear = (name: string, inputs: number, outputs: number): TensorSpec[] => [
    { name: `${name}.weight`, shape: [inputs, outputs] },
    { name: `${name}.bias`, shape: [outputs] },
  ];
  const blocks = Array.from({ length: layers }, (_, l) => [
    ...norm(`h.${l}.ln_1`),
    ...linear(`h.${l}.attn.c_attn`, width, 3 * width),
    ...linear(`h.${l}.attn.c_proj`, width, width),
    ...norm(`h.${l}.ln_2`),
    ...linear(`h.${l}.mlp.c_fc`, width, 4 * width),
    ...linear(`h.${l}.mlp.c_proj`, 4 * width, width),
  ]);
  return [
    { name: 'wte.weight', shape: [vocab, width] },
    { name: 'wpe.weight', shape: [context, width] },
    ...blocks.flat(),
    ...norm('ln_f'),
  ];
}

/** The shape of the tensor of that name. */
export function tensorShape(shape: GptShape, name: string): readonly number[] {
  const spec = gptTensors(shape).find((tensor) => tensor.name === name);
  if (spec === undefined) throw new RangeError(`a GPT-2 has no tensor ${name}`);
  return spec.shape;
}

/** Numbers in a tensor. */
export const tensorSize = ({ shape }: TensorSpec): number => shape.reduce((product, n) => product * n, 1);

const INITIAL_STD = 0.02;

/**
 * GPT-2's start: normal(0, 0.02), the projections back into the residual stream scaled by 1/sqrt(2 layers)
 * (Radford et al., 2019, section 2.3), norms at one, biases at zero. Each tensor draws from a stream of its own.
 */
export function initialWeights(shape: GptShape, random: RandomStream): Map<string, Float32Array> {
  const residualStd = INITIAL_STD / Math.sqrt(2 * shape.layers);
  return new Map(
    gptTensors(shape).map((tensor) => {
      const values = new Float32Array(tensorSize(tensor));
      if (tensor.shape.length === 1) {
        values.fill(isNormGain(tensor.name) ? 1 : 0);
      } else {
        const std = tensor.name.endsWith('c_proj.weight') ? residualStd : INITIAL_STD;
        const stream = random.fork(tensor.name);
        for (let i = 0; i < values.length; i++) values[i] = std * stream.normal();
      }
      return [tensor.name, values];
    }),
  );
}

const isNormGain = (name: string): boolean => /(^|\.)ln_\w+\.weight$/.test(name);

/** As a safetensors file that Hugging Face's GPT2Model loads. */
export function encodeWeights(
  shape: GptShape,
  weights: GptWeights,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return encodeSafetensors(storedAs(gptTensors(shape), weights), { ...FRAMEWORK, ...metadata });
}

/** Hugging Face's loader wants to know which framework wrote a file. */
export const FRAMEWORK = { format: 'pt' } as const;

/** These tensors as float32 in a file, in this order. */
export const storedAs = (specs: readonly TensorSpec[], values: GptWeights): Map<string, StoredTensor> =>
  new Map(specs.map(({ name, shape }) => [name, { dtype: 'F32', shape, data: weightOf(values, name) }]));

/** Reads a file that `selectWeights` can use. `name` is used in messages only. */
export const decodeWeights = (
  shape: GptShape,
  file: Uint8Array,
  name = 'the weights',
): Map<string, Float32Array> => selectWeights(shape, decodeSafetensors(file, name).tensors, name);

/**
 * The weights of a GPT-2 of this shape among stored tensors, saved with or without the language model's head: the prefix
 * `transformer.` is taken off, the tied head and the causal mask buffers are passed over.
 */
export function selectWeights(
  shape: GptShape,
  tensors: ReadonlyMap<string, StoredTensor>,
  name: string,
): Map<string, Float32Array> {
  return selectTensors(gptTensors(shape), tensors, name);
}

/** Tensors of these names and shapes, or of these names after `transformer.`; throws `TinyError` where one is not so. */
export function selectTensors(
  specs: readonly TensorSpec[],
  tensors: ReadonlyMap<string, StoredTensor>,
  name: string,
): Map<string, Float32Array> {
  const selected = new Map<string, Float32Array>();
  for (const spec of specs) {
    const stored = tensors.get(spec.name) ?? tensors.get(`transformer.${spec.name}`);
    const wanted = `F32 [${spec.shape}]`;
    const found = stored === undefined ? 'nothing' : `${stored.dtype} [${stored.shape}]`;
    if (stored?.dtype !== 'F32' || found !== wanted) {
      throw new TinyError(
        `${name}: ${spec.name} should be ${wanted}, but the file has ${found}`,
        'use the weights that belong to this shape, stored as float32',
      );
    }
    selected.set(spec.name, stored.data);
  }
  return selected;
}

/** The tensor, which must be there: a missing one is a mistake in the program. */
export function weightOf(weights: GptWeights, name: string): Float32Array {
  const values = weights.get(name);
  if (values === undefined) throw new RangeError(`no weights for ${name}`);
  return values;
}
