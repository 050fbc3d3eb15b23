import { TinyError } from '../protocols/errors.ts';
import { floatsOf, type RawTensor, rawTensors } from './onnx/stored-tensors.ts';
import { dequantizeBlocks } from './quantize/blocks.ts';
import { dequantizeColumns } from './quantize/row-linear.ts';
import { transpose } from './runtime/decoder/transpose.ts';
import type { GptShape } from './shape.ts';
import { TOKEN_TABLE } from './token-table.ts';
import { gptTensors, type TensorSpec, tensorSize } from './weights.ts';

/**
 * The weights in a serving graph of any variant (quantize.ts), as floats. Those of `fp32` are the trained ones to the last bit; of
 * a quantised variant they are what its codes stand for, code times scale, so a model made of them computes with the same
 * matrices. Throws `TinyError` where the file is not such a graph of this shape; `path` is used in messages only.
 */
export function variantWeights(shape: GptShape, file: Uint8Array, path: string): Map<string, Float32Array> {
  const tensors = rawTensors(file, path);
  return new Map(
    gptTensors(shape).map((spec) => {
      const values = storedFloats(spec, tensors) ?? dequantized(spec, tensors);
      if (values?.length === tensorSize(spec)) return [spec.name, values];
      throw new TinyError(
        `${path} does not hold ${spec.name} of [${spec.shape}]`,
        'check the bundle with `tinyllm verify --bundle DIR`',
      );
    }),
  );
}

type Tensors = ReadonlyMap<string, RawTensor>;

function storedFloats({ name }: TensorSpec, tensors: Tensors): Float32Array | undefined {
  const tensor = tensors.get(name);
  return tensor?.type === 'float32' ? floatsOf(tensor.bytes) : undefined;
}

/** Of a matrix (rows, columns): a linear layer's (inputs, outputs), or the token table. */
function dequantized({ name, shape }: TensorSpec, tensors: Tensors): Float32Array | undefined {
  const [rows, columns] = shape as [number, number];
  const stored = name === TOKEN_TABLE ? name : name.replace(/\.weight$/, '');
  const codes = tensors.get(`${stored}.codes`);
  const scales = tensors.get(`${stored}.scales`);
  if (codes === undefined || scales?.type !== 'float32') return undefined;
  const floatScales = floatsOf(scales.bytes);
  if (codes.type === 'int8') {
    const int8 = new Int8Array(codes.bytes.buffer, codes.bytes.byteOffset, codes.bytes.length);
    return dequantizeColumns({ inputs: rows, outputs: columns, codes: int8, scales: floatScales });
  }
  if (name === TOKEN_TABLE) return inBlocks(rows, columns, codes, floatScales);
  const byOutputs = inBlocks(columns, rows, codes, floatScales);
  if (byOutputs === undefined) return undefined;
  const turned = new Float32Array(byOutputs.length);
  transpose(byOutputs, columns, rows, turned);
  return turned;
}

function inBlocks(
  rows: number,
  columns: number,
  codes: RawTensor,
  scales: Float32Array,
): Float32Array | undefined {
  const bits = (8 * codes.bytes.length) / (rows * columns);
  const block = (rows * columns) / scales.length;
  if (bits !== 8 && bits !== 4) return undefined;
  return dequantizeBlocks({ bits, rows, columns, block, codes: codes.bytes, scales });
}
