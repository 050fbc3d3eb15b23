import type { Graph, Value } from '../onnx/graph.ts';
import type { TokenTable } from '../token-table.ts';
import { blockProduct, type StoredBlocks } from './block-linear.ts';
import { zeroCode } from './blocks.ts';

/**
 * The token table in 8-bit blocks. One copy serves embedding and head: rows are looked up and unpacked by ordinary ops,
 * because com.microsoft GatherBlockQuantized wants the codes in another shape than MatMulNBits does.
 */
export function blockTable(matrix: StoredBlocks): TokenTable {
  if (matrix.bits !== 8) throw new RangeError(`a token table of ${matrix.bits} bits is not supported`);
  return {
    rows: (g, ids) => unpackedRows(g, matrix, ids),
    scores: (g, x) => blockProduct(g, x, matrix),
  };
}

function unpackedRows(g: Graph, { codes, scales, columns, block }: StoredBlocks, ids: Value): Value {
  const n = ids.shape[0]!;
  const blocks = columns / block;
  const shape = [n, blocks, block];
  const chosen = g.node('Gather', [codes, ids], shape);
  const cast = g.node('Cast', [chosen], shape, { attributes: { to: FLOAT32 }, type: 'float32' });
  const centred = g.node('Sub', [cast, g.scalar(zeroCode(8))], shape);
  const perBlock = g.node('Gather', [scales, ids], [n, blocks]);
  const scale = g.node('Unsqueeze', [perBlock, g.integers([2])], [n, blocks, 1]);
  const values = g.node('Mul', [centred, scale], shape);
  return g.node('Reshape', [values, g.integers([-1, columns])], [n, columns]);
}

/** `TensorProto.DataType.FLOAT`. */
const FLOAT32 = 1;
