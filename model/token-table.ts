import type { Graph, Value } from './onnx/graph.ts';
import { embedding } from './onnx/ops/embedding.ts';
import { forwardOnly } from './onnx/tape.ts';

export const TOKEN_TABLE = 'wte.weight';

/** The token table (vocab, width) as the graph reads it: embedding and tied head share it. */
export interface TokenTable {
  /** Its rows as floats. ids int64 (n) -> (n, width). */
  rows(g: Graph, ids: Value): Value;
  /** Scores of every row. x (n, width) -> (n, vocab). */
  scores(g: Graph, x: Value): Value;
}

export const floatTable = (table: Value): TokenTable => ({
  rows: (g, ids) => embedding(forwardOnly(g), table, ids),
  scores: (g, x) => {
    const [n, vocab] = [x.shape[0]!, table.shape[0]!];
    // The table stands on the left: there ONNX Runtime reads it in place, on the right it would repack it in every call.
    const scores = g.node('Gemm', [table, x], [vocab, n], { attributes: { transB: 1 } });
    return g.node('Transpose', [scores], [n, vocab], { attributes: { perm: [1, 0] } });
  },
});
