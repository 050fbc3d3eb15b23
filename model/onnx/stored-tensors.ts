import { TinyError } from '../../protocols/errors.ts';
import type { StoredTensor } from '../safetensors.ts';
import { protobufFields } from './protobuf-reader.ts';

/**
 * The float32 tensors stored in an ONNX file, by name: what `Graph.constant` wrote. So the weights of a model are read
 * back from the file that runs, and no second copy of them is kept. Tensors of other types, inside branches, or kept
 * outside the file are passed over. `name` is used in messages only.
 *
 * Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (ModelProto, GraphProto, TensorProto).
 */
export function storedTensors(file: Uint8Array, name = 'this file'): Map<string, StoredTensor> {
  try {
    const [graph] = submessages(file, MODEL_GRAPH);
    if (graph === undefined) throw new RangeError('it holds no graph');
    const tensors = new Map<string, StoredTensor>();
    for (const initializer of submessages(graph, GRAPH_INITIALIZER)) {
      const tensor = floatTensor(initializer);
      if (tensor !== undefined) tensors.set(tensor.name, tensor);
    }
    return tensors;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new TinyError(`${name} is not a usable ONNX file: ${cause.message}`, 'copy or export it again', {
      cause,
    });
  }
}

const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 };
const FLOAT32 = 1;

function* submessages(message: Uint8Array, field: number): Generator<Uint8Array> {
  for (const { number, value } of protobufFields(message)) {
    if (number === field && typeof value !== 'number') yield value;
  }
}

function floatTensor(message: Uint8Array): (StoredTensor & { readonly name: string }) | undefined {
  const fields = [...protobufFields(message)];
  const first = (wanted: number) => fields.find(({ number }) => number === wanted)?.value;
  const name = first(TENSOR.name);
  const raw = first(TENSOR.rawData);
  if (first(TENSOR.dataType) !== FLOAT32 || !(name instanceof Uint8Array) || !(raw instanceof Uint8Array)) {
    return undefined;
  }
  const shape = fields.filter(({ number }) => number === TENSOR.dims).map(({ value }) => Number(value));
  const data = new Float32Array(new Uint8Array(raw).buffer); // a copy: the file's own bytes are not aligned
  if (shape.reduce((product, size) => product * size, 1) !== data.length) {
    throw new RangeError(`${data.length} numbers do not fill a tensor of [${shape}]`);
  }
  return { name: new TextDecoder().decode(name), dtype: 'F32', shape, data };
}
