import type { Graph, Value } from '../graph.ts';
import type { Trace } from '../tape.ts';

/** Softmax(q k^T / sqrt(d)) v per head (Vaswani et al., 2017), for training: batched, and it can go backwards. */
export interface BatchedAttention {
  readonly batch: number;
  readonly heads: number;
  /** Added to the scores before the softmax; broadcasts to (batch, heads, queries, keys). */
  readonly bias: Value;
}

/** q (batch * queries, width), k and v (batch * keys, width) -> (batch * queries, width). */
export function attention(trace: Trace, q: Value, k: Value, v: Value, options: BatchedAttention): Value {
  const g = trace.graph;
  const { batch, heads, bias } = options;
  const width = q.shape[1] as number;
  const queries = (q.shape[0] as number) / batch;
  const keys = (k.shape[0] as number) / batch;
  const scale = { float: 1 / Math.sqrt(width / heads) };
  const pairs = [batch, heads, queries, keys];

  const splitHeads = (x: Value, rows: number): Value => {
    const shape = [batch, rows, heads, width / heads];
    const split = g.node('Reshape', [x, g.integers(shape)], shape);
    return g.node('Transpose', [split], [batch, heads, rows, width / heads], {
      attributes: { perm: [0, 2, 1, 3] },
    });
  };
  const mergeHeads = (x: Value, rows: number): Value => {
    const shape = [batch, rows, heads, width / heads];
    const merged = g.node('Transpose', [x], shape, { attributes: { perm: [0, 2, 1, 3] } });
    return g.node('Reshape', [merged, g.integers([batch * rows, width])], [batch * rows, width]);
  };
  const product = (a: Value, b: Value, shape: Value['shape'], attributes = {}): Value =>
    g.node('FusedMatMul', [a, b], shape, { domain: 'com.microsoft', attributes });

  const qh = splitHeads(q, queries);
  const kh = splitHeads(k, keys);
  const vh = splitHeads(v, keys);
  const scores = product(qh, kh, pairs, { transB: 1, alpha: scale });
  const weights = g.node('Softmax', [g.node('Add', [scores, bias], pairs)], pairs);
  const mixed = product(weights, vh, qh.shape);
  const y = mergeHeads(mixed, queries);

  trace.record([q, k, v], [y], ([dy]) => {
    const dMixed = splitHeads(dy!, queries);
    const dWeights = product(dMixed, vh, pairs, { transB: 1 });
    // The softmax's row sums of weights * dWeights equal those of mixed * dMixed, which are far smaller tensors.
    const rowSums = g.node(
      'ReduceSum',
      [g.node('Mul', [mixed, dMixed], mixed.shape), g.integers([-1])],
      [batch, heads, queries, 1],
    );
    const dScores = g.node('Mul', [weights, g.node('Sub', [dWeights, rowSums], pairs)], pairs);
    return [
      () => mergeHeads(product(dScores, kh, qh.shape, { alpha: scale }), queries),
      () => mergeHeads(product(dScores, qh, kh.shape, { transA: 1, alpha: scale }), keys),
      () => mergeHeads(product(weights, dMixed, vh.shape, { transA: 1 }), keys),
    ];
  });
  return y;
}

/**
 * The same for serving: one sample, keys and values of earlier calls included, forward only.
 * q (queries, width), k and v (keys, width), mask bool (queries, keys), true = attend -> (queries, width).
 */
export function maskedAttention(g: Graph, q: Value, k: Value, v: Value, mask: Value, heads: number): Value {
  const asBatch = (x: Value) => g.node('Unsqueeze', [x, g.integers([0])], [1, ...x.shape]);
  const y = g.node('Attention', [asBatch(q), asBatch(k), asBatch(v), mask], [1, ...q.shape], {
    attributes: { q_num_heads: heads, kv_num_heads: heads },
  });
  return g.node('Squeeze', [y, g.integers([0])], q.shape);
}
