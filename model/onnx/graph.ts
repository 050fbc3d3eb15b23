import { ProtobufMessage } from './protobuf.ts';

/** Element types we use, with their number in ONNX's `TensorProto.DataType`. */
const ELEMENT_TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 } as const;

export type ElementType = keyof typeof ELEMENT_TYPES;

export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
};

/** A number, or the name of a size known only when the graph runs. */
export type Dimension = number | string;

/** A tensor in the graph. Row-major. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** Whole numbers become INT attributes; a float attribute must say so, as `{ float: 1 }`. */
export type Attribute = number | string | readonly number[] | { readonly float: number } | Graph;

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Operator set: ONNX's own unless named. */
  readonly domain?: 'com.microsoft';
  readonly type?: ElementType;
}

export interface NodeRecord {
  readonly opType: string;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly options: NodeOptions;
}

/**
 * A graph under construction (https://onnx.ai/onnx/repo-docs/IR.html). Nodes are appended in the order they run; every
 * value knows its shape, so that an op can derive its own and its gradient's.
 */
export class Graph {
  readonly #body = new ProtobufMessage();
  /** Nodes wait for the end, since what is published may be renamed until then. */
  readonly #unwritten: NodeRecord[] = [];
  readonly #names: { next: number };
  /** What values are called in the file, where that is not what they were called first. */
  readonly #published: Map<string, string>;
  readonly #constants = new Map<string, Value>();
  readonly #outputNames = new Set<string>();
  readonly #results: Value[] = [];

  /** @param parent the graph whose values an `If` branch may read; names stay unique across both. */
  constructor(parent?: Graph) {
    this.#names = parent === undefined ? { next: 0 } : parent.#names;
    this.#published = parent === undefined ? new Map() : parent.#published;
    this.#body.string(GRAPH.name, 'tinyllm');
  }

  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    const value = { name, type, shape };
    this.#body.message(GRAPH.input, valueInfo(value));
    return value;
  }

  /** Publishes `value` as an output, under another name if one is given. */
  output(value: Value, name = value.name): void {
    const published = { ...value, name };
    if (name !== value.name && !this.#rename(value, name)) this.#append('Identity', [value], [published], {});
    if (this.#outputNames.has(name)) throw new RangeError(`two outputs are named ${name}`);
    this.#outputNames.add(name);
    this.#results.push(value);
    this.#body.message(GRAPH.output, valueInfo(published));
  }

  /** A tensor stored in the model file; `data` must not change before `encodeModel`. */
  constant(name: string, type: ElementType, shape: readonly number[], data: ArrayBufferView): Value {
    const tensor = new ProtobufMessage();
    for (const size of shape) tensor.int(TENSOR.dims, size);
    tensor.int(TENSOR.dataType, ELEMENT_TYPES[type]).string(TENSOR.name, name);
    tensor.bytes(TENSOR.rawData, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.#body.message(GRAPH.initializer, tensor);
    return { name, type, shape };
  }

  /** A float32 scalar; equal ones are stored once. */
  scalar(value: number): Value {
    return this.#shared(`scalar ${value}`, 'float32', [], Float32Array.of(value));
  }

  /** A uint8 scalar; equal ones are stored once. */
  byte(value: number): Value {
    return this.#shared(`byte ${value}`, 'uint8', [], Uint8Array.of(value));
  }

  /** An int64 vector, such as a target shape or axes; equal ones are stored once. */
  integers(values: readonly number[]): Value {
    return this.#shared(
      `integers ${values}`,
      'int64',
      [values.length],
      BigInt64Array.from(values.map(BigInt)),
    );
  }

  /** Appends a node with one output of the given shape; its type is the first input's unless stated. */
  node(
    opType: string,
    inputs: readonly (Value | null)[],
    shape: readonly Dimension[],
    options: NodeOptions = {},
  ): Value {
    return this.nodes(opType, inputs, [shape], options)[0]!;
  }

  /** Appends a node with several outputs, one per shape. A `null` input is an optional one left out. */
  nodes(
    opType: string,
    inputs: readonly (Value | null)[],
    shapes: readonly (readonly Dimension[])[],
    options: NodeOptions = {},
  ): Value[] {
    const type = options.type ?? inputs[0]?.type ?? 'float32';
    const outputs = shapes.map((shape) => ({ name: `${opType}_${this.#names.next++}`, type, shape }));
    this.#append(opType, inputs, outputs, options);
    return outputs;
  }

  /** The nodes in the order they run. Empty once the graph is written. */
  get pending(): readonly NodeRecord[] {
    return this.#unwritten;
  }

  /** The values that were published, under the names they had before. */
  get results(): readonly Value[] {
    return this.#results;
  }

  /** The complete graph as a message, for an attribute or a model. */
  message(): ProtobufMessage {
    for (const node of this.#unwritten.splice(0)) this.#body.message(GRAPH.node, this.#nodeMessage(node));
    return this.#body;
  }

  /** Writes an output of a node under its public name at once, which saves a copy; impossible for a second name. */
  #rename(value: Value, name: string): boolean {
    const isMade = this.#unwritten.some(({ outputs }) => outputs.includes(value));
    if (!isMade || this.#outputNames.has(value.name) || this.#published.has(value.name)) return false;
    this.#published.set(value.name, name);
    return true;
  }

  #shared(key: string, type: ElementType, shape: readonly number[], data: ArrayBufferView): Value {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const value = this.constant(`constant_${this.#names.next++}`, type, shape, data);
    this.#constants.set(key, value);
    return value;
  }

  #append(
    opType: string,
    inputs: readonly (Value | null)[],
    outputs: readonly Value[],
    options: NodeOptions,
  ): void {
    this.#unwritten.push({ opType, inputs, outputs, options });
  }

  #nodeMessage({ opType, inputs, outputs, options }: NodeRecord): ProtobufMessage {
    const written = (value: Value | null) => (value ? (this.#published.get(value.name) ?? value.name) : '');
    const node = new ProtobufMessage();
    for (const value of inputs) node.string(NODE.input, written(value));
    for (const value of outputs) node.string(NODE.output, written(value));
    node.string(NODE.opType, opType);
    if (options.domain !== undefined) node.string(NODE.domain, options.domain);
    for (const [name, value] of Object.entries(options.attributes ?? {})) {
      node.message(NODE.attribute, attribute(name, value));
    }
    return node;
  }
}

const IR_VERSION = 11;
const OPSETS = [
  { domain: '', version: 23 },
  { domain: 'com.microsoft', version: 1 },
];

/** A complete model file. */
export function encodeModel(graph: Graph): Uint8Array {
  const model = new ProtobufMessage().int(MODEL.irVersion, IR_VERSION).string(MODEL.producerName, 'tinyllm');
  for (const { domain, version } of OPSETS) {
    model.message(
      MODEL.opsetImport,
      new ProtobufMessage().string(OPSET.domain, domain).int(OPSET.version, version),
    );
  }
  return model.message(MODEL.graph, graph.message()).finish();
}

// Field numbers of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const MODEL = { irVersion: 1, producerName: 2, graph: 7, opsetImport: 8 };
const OPSET = { domain: 1, version: 2 };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, opType: 4, attribute: 5, domain: 7 };
const ATTRIBUTE = { name: 1, float: 2, int: 3, string: 4, graph: 6, ints: 8, type: 20 };
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, graph: 5, ints: 7 };
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 };
const VALUE_INFO = { name: 1, type: 2 };
const TYPE = { tensor: 1 };
const TENSOR_TYPE = { elementType: 1, shape: 2 };
const SHAPE = { dimension: 1 };
const DIMENSION = { value: 1, parameter: 2 };

function attribute(name: string, value: Attribute): ProtobufMessage {
  const message = new ProtobufMessage().string(ATTRIBUTE.name, name);
  if (typeof value === 'number')
    return message.int(ATTRIBUTE.int, value).int(ATTRIBUTE.type, ATTRIBUTE_TYPE.int);
  if (typeof value === 'string') {
    return message.string(ATTRIBUTE.string, value).int(ATTRIBUTE.type, ATTRIBUTE_TYPE.string);
  }
  if (value instanceof Graph) {
    return message.message(ATTRIBUTE.graph, value.message()).int(ATTRIBUTE.type, ATTRIBUTE_TYPE.graph);
  }
  if ('float' in value) {
    return message.float(ATTRIBUTE.float, value.float).int(ATTRIBUTE.type, ATTRIBUTE_TYPE.float);
  }
  for (const n of value) message.int(ATTRIBUTE.ints, n);
  return message.int(ATTRIBUTE.type, ATTRIBUTE_TYPE.ints);
}

function valueInfo({ name, type, shape }: Value): ProtobufMessage {
  const dimensions = new ProtobufMessage();
  for (const size of shape) {
    const dimension = new ProtobufMessage();
    if (typeof size === 'number') dimension.int(DIMENSION.value, size);
    else dimension.string(DIMENSION.parameter, size);
    dimensions.message(SHAPE.dimension, dimension);
  }
  const tensor = new ProtobufMessage()
    .int(TENSOR_TYPE.elementType, ELEMENT_TYPES[type])
    .message(TENSOR_TYPE.shape, dimensions);
  return new ProtobufMessage()
    .string(VALUE_INFO.name, name)
    .message(VALUE_INFO.type, new ProtobufMessage().message(TYPE.tensor, tensor));
}
