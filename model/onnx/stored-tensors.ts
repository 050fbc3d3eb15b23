import { TinyError } from '../../protocols/errors.ts';
import type { StoredTensor } from '../safetensors.ts';
import { protobufFields } from './protobuf-reader.ts';

/** A tensor as it lies in a file: `bytes` is a view of it, not aligned. */
export interface RawTensor {
  readonly type: keyof typeof ELEMENT_BYTES;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Element types that learnt tensors have. */
const ELEMENT_BYTES = { float32: 4, uint8: 1, int8: 1 } as const;
/** Their numbers in `TensorProto.DataType`. */
const ELEMENT_TYPES: ReadonlyMap<unknown, RawTensor['type']> = new Map([
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
]);

/**
 * The tensors stored in an ONNX file, by name: what `Graph.constant` wrote, in the graph and in its branches. Tensors of
 * other types than learnt ones have, or kept outside the file, are passed over. `name` is used in messages only.
 *
 * Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (ModelProto, GraphProto, TensorProto).
 */
export function rawTensors(file: Uint8Array, name = 'this file'): Map<string, RawTensor> {
  try {
    const [graph] = submessages(file, MODEL_GRAPH);
    if (graph === undefined) throw new RangeError('it holds no graph');
    return new Map(namedTensors(graph));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new TinyError(`${name} is not a usable ONNX file: ${cause.message}`, 'copy or export it again', {
      cause,
    });
  }
}

/** The float32 tensors among them, copied: so a model's weights are read back from the file that runs, and kept once. */
export function storedTensors(file: Uint8Array, name?: string): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const [tensor, { type, shape, bytes }] of rawTensors(file, name)) {
    if (type === 'float32') tensors.set(tensor, { dtype: 'F32', shape, data: floatsOf(bytes) });
  }
  return tensors;
}

/** A copy, which is aligned. */
export const floatsOf = (bytes: Uint8Array): Float32Array<ArrayBuffer> =>
  new Float32Array(new Uint8Array(bytes).buffer);

const MODEL_GRAPH = 7;
const GRAPH = { node: 1, initializer: 5 };
const NODE_ATTRIBUTE = 5;
const ATTRIBUTE_GRAPH = 6;
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 };

function* submessages(message: Uint8Array, field: number): Generator<Uint8Array> {
  for (const { number, value } of protobufFields(message)) {
    if (number === field && typeof value !== 'number') yield value;
  }
}

function* namedTensors(graph: Uint8Array): Generator<[string, RawTensor]> {
  for (const initializer of submessages(graph, GRAPH.initializer)) {
    const tensor = namedTensor(initializer);
    if (tensor !== undefined) yield tensor;
  }
  for (const node of submessages(graph, GRAPH.node)) {
    for (const attribute of submessages(node, NODE_ATTRIBUTE)) {
      for (const branch of submessages(attribute, ATTRIBUTE_GRAPH)) yield* namedTensors(branch);
    }
  }
}

function namedTensor(message: Uint8Array): [string, RawTensor] | undefined {
  const fields = [...protobufFields(message)];
  const first = (wanted: number) => fields.find(({ number }) => number === wanted)?.value;
  const name = first(TENSOR.name);
  const bytes = first(TENSOR.rawData);
  const type = ELEMENT_TYPES.get(first(TENSOR.dataType));
  if (type === undefined || !(name instanceof Uint8Array) || !(bytes instanceof Uint8Array)) return undefined;
  const shape = fields.filter(({ number }) => number === TENSOR.dims).map(({ value }) => Number(value));
  if (shape.reduce((product, size) => product * size, ELEMENT_BYTES[type]) !== bytes.length) {
    throw new RangeError(`${bytes.length} bytes do not fill a ${type} tensor of [${shape}]`);
  }
  return [new TextDecoder().decode(name), { type, shape, bytes }];
}
