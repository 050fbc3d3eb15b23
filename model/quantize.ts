import { takingAdapters } from './adapted-linear.ts';
import { blockProduct, storeBlocks } from './quantize/block-linear.ts';
import { blockTable } from './quantize/block-table.ts';
import { type BlockBits, blockOf, quantizeBlocks } from './quantize/blocks.ts';
import { type ColumnMatrix, quantizeColumns, rowQuantizedLinear } from './quantize/row-linear.ts';
import { type Arithmetic, floatArithmetic, type ModelSource, servingGraph } from './serving-graph.ts';
import type { GptShape } from './shape.ts';
import { TOKEN_TABLE, type TokenTable } from './token-table.ts';
import { type GptWeights, tensorShape, weightOf } from './weights.ts';

/**
 * How the weights of a serving graph are stored and multiplied. Norms, biases and positions stay float32 in all.
 *
 * | variant | linear layers | token table | cut into calls, a prompt's scores are the same to the last bit if |
 * |---|---|---|---|
 * | `fp32` | float32 | float32 | each call has two rows or more |
 * | `int8` | 8-bit weights by column, 8-bit activations by row | 8-bit blocks | each call has two rows or more |
 * | `q8` | 8-bit blocks, 8-bit activations by row and block | 8-bit blocks | each call but the last has an even number of rows |
 * | `q4` | 4-bit blocks, 8-bit activations by row and block | 8-bit blocks | each call but the last has an even number of rows |
 *
 * (ONNX Runtime's block kernels take rows in pairs, and an odd one left over by another sum.)
 */
export const VARIANT_NAMES = ['fp32', 'int8', 'q8', 'q4'] as const;
export type VariantName = (typeof VARIANT_NAMES)[number];

/** Throws where this version makes no such variant. */
export function variantName(name: string): VariantName {
  const known = VARIANT_NAMES.find((variant) => variant === name);
  if (known === undefined)
    throw new RangeError(`there is no variant ${name}, only ${VARIANT_NAMES.join(', ')}`);
  return known;
}

const ARITHMETIC: Record<VariantName, Arithmetic> = {
  fp32: floatArithmetic,
  int8: (source) => ({
    linear: ({ graph }, x, name) =>
      rowQuantizedLinear(graph, x, name, columnsOf(source, name), source.stored(`${name}.bias`)),
    table: tableInBlocks(source),
  }),
  q8: (source) => inBlocks(source, 8),
  q4: (source) => inBlocks(source, 4),
};

/**
 * The serving graph of a variant, as an ONNX file.
 *
 * @param adapted linear layers that take an adapter beside their weights (adapted-linear.ts)
 */
export const servingVariant = (
  variant: VariantName,
  shape: GptShape,
  weights: GptWeights,
  adapted: readonly string[] = [],
): Uint8Array => servingGraph(shape, weights, takingAdapters(ARITHMETIC[variant], adapted));

/** Bytes that one row of the token table takes in a variant's file: embedding and head share it. */
export const tableRowBytes = (variant: VariantName, width: number): number =>
  variant === 'fp32' ? FLOAT_BYTES * width : width + (FLOAT_BYTES * width) / blockOf(width);

const FLOAT_BYTES = 4;

function inBlocks(source: ModelSource, bits: BlockBits): ReturnType<Arithmetic> {
  return {
    linear: ({ graph }, x, name) => {
      const { inputs, outputs, values } = linearOf(source, name);
      const matrix = quantizeBlocks(transposed(values, inputs, outputs), outputs, inputs, bits);
      const product = blockProduct(graph, x, storeBlocks(graph, name, matrix));
      return graph.node('Add', [product, source.stored(`${name}.bias`)], product.shape);
    },
    table: tableInBlocks(source),
  };
}

/** In 8 bits always: with 4 a trained model's logits lay four times as far off, for a twentieth of the file. */
function tableInBlocks({ graph, shape, weights }: ModelSource): TokenTable {
  const table = quantizeBlocks(weightOf(weights, TOKEN_TABLE), shape.vocab, shape.width, 8);
  return blockTable(storeBlocks(graph, TOKEN_TABLE, table));
}

function columnsOf(source: ModelSource, name: string): ColumnMatrix {
  const { inputs, outputs, values } = linearOf(source, name);
  return quantizeColumns(values, inputs, outputs);
}

/** A linear layer's weights, row-major (inputs, outputs). */
function linearOf({ shape, weights }: ModelSource, name: string) {
  const [inputs, outputs] = tensorShape(shape, `${name}.weight`) as [number, number];
  return { inputs, outputs, values: weightOf(weights, `${name}.weight`) };
}

/** (rows, columns) -> (columns, rows). */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = values[row * columns + column]!;
    }
  }
  return turned;
}
