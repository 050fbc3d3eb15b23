import type { Graph, Value } from '../onnx/graph.ts';

/** A matrix (inputs, outputs) in 8-bit codes with one scale a column: value = code * scale. */
export interface ColumnMatrix {
  readonly inputs: number;
  readonly outputs: number;
  /** Row-major, -127 to 127. */
  readonly codes: Int8Array;
  /** (outputs). */
  readonly scales: Float32Array;
}

const INT8_MAX = 127;
const UINT8_ZERO = 128;

/** @param values row-major (inputs, outputs) */
export function quantizeColumns(values: Float32Array, inputs: number, outputs: number): ColumnMatrix {
  const scales = new Float32Array(outputs);
  const codes = new Int8Array(values.length);
  for (let row = 0; row < values.length; row += outputs) {
    for (let column = 0; column < outputs; column++) {
      scales[column] = Math.max(scales[column]!, Math.abs(values[row + column]!) / INT8_MAX);
    }
  }
  for (let row = 0; row < values.length; row += outputs) {
    for (let column = 0; column < outputs; column++) {
      if (scales[column]! > 0) codes[row + column] = Math.round(values[row + column]! / scales[column]!);
    }
  }
  return { inputs, outputs, codes, scales };
}

/** The matrix as floats again, row-major (inputs, outputs). */
export function dequantizeColumns({ outputs, codes, scales }: ColumnMatrix): Float32Array {
  const values = new Float32Array(codes.length);
  for (let row = 0; row < values.length; row += outputs) {
    for (let column = 0; column < outputs; column++) {
      values[row + column] = codes[row + column]! * scales[column]!;
    }
  }
  return values;
}

/** What a row of zeros is divided by. */
const SMALLEST_MAGNITUDE = 1e-30;

/**
 * x W + b in integers, each row of x rounded to 8 bits by its own greatest magnitude: a row's result does not depend on
 * the rows beside it, as it does with ONNX Runtime's DynamicQuantizeMatMul, which takes one scale for all.
 * x (n, inputs), bias (outputs) -> (n, outputs).
 */
export function rowQuantizedLinear(
  g: Graph,
  x: Value,
  name: string,
  matrix: ColumnMatrix,
  bias: Value,
): Value {
  const { inputs, outputs } = matrix;
  const perRow = [x.shape[0]!, 1];
  const codes = g.constant(`${name}.codes`, 'int8', [inputs, outputs], matrix.codes);
  const scales = g.constant(`${name}.scales`, 'float32', [outputs], matrix.scales);
  const greatest = g.node('ReduceMax', [g.node('Abs', [x], x.shape), g.integers([1])], perRow);
  const magnitude = g.node('Max', [greatest, g.scalar(SMALLEST_MAGNITUDE)], perRow);
  const unit = g.node('Div', [x, magnitude], x.shape);
  const step = g.scalar(1 / INT8_MAX);
  const zero = g.byte(UINT8_ZERO);
  const rounded = g.node('QuantizeLinear', [unit, step, zero], x.shape, { type: 'uint8' });
  const product = g.node(
    'MatMulIntegerToFloat',
    [rounded, codes, step, scales, zero],
    [x.shape[0]!, outputs],
    {
      domain: 'com.microsoft',
      type: 'float32',
    },
  );
  return g.node('Add', [g.node('Mul', [product, magnitude], product.shape), bias], product.shape);
}
