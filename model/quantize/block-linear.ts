import type { Graph, Value } from '../onnx/graph.ts';
import type { BlockMatrix } from './blocks.ts';

/** A block matrix in a model file. */
export interface StoredBlocks extends Omit<BlockMatrix, 'codes' | 'scales'> {
  /** uint8 (rows, columns / block, bytes of a block). */
  readonly codes: Value;
  /** float32 (rows, columns / block). */
  readonly scales: Value;
}

export function storeBlocks(g: Graph, name: string, matrix: BlockMatrix): StoredBlocks {
  const { rows, columns, bits, block } = matrix;
  const blocks = columns / block;
  return {
    ...matrix,
    codes: g.constant(`${name}.codes`, 'uint8', [rows, blocks, (block * bits) / 8], matrix.codes),
    scales: g.constant(`${name}.scales`, 'float32', [rows, blocks], matrix.scales),
  };
}

/** Activations are rounded to 8 bits within each row and block, so that the products are of integers. */
const INT8_ACTIVATIONS = 4;

/**
 * x M^T for a block matrix M, by com.microsoft MatMulNBits
 * (https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md). x (n, columns) -> (n, rows).
 */
export function blockProduct(g: Graph, x: Value, matrix: StoredBlocks): Value {
  return g.node('MatMulNBits', [x, matrix.codes, matrix.scales], [x.shape[0]!, matrix.rows], {
    domain: 'com.microsoft',
    attributes: {
      K: matrix.columns,
      N: matrix.rows,
      bits: matrix.bits,
      block_size: matrix.block,
      accuracy_level: INT8_ACTIVATIONS,
    },
  });
}
