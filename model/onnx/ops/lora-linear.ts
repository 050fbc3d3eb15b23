import type { Value } from '../graph.ts';
import type { Trace } from '../tape.ts';
import { dropout } from './dropout.ts';
import { linear } from './linear.ts';

/** A low-rank change of a linear layer: weight + scale down up. */
export interface LowRankAdapter {
  /** (inputs, rank), A in the paper. */
  readonly down: Value;
  /** (rank, outputs), B in the paper. */
  readonly up: Value;
  /** alpha / rank. */
  readonly scale: number;
  /** Of the adapter's input (rows, inputs), as `dropout` takes it; nothing is dropped without. */
  readonly mask: Value | null;
}

/**
 * y = x W + b + scale dropout(x) A B (Hu et al., 2021, "LoRA"). x (rows, inputs), weight (inputs, outputs),
 * bias (outputs) -> (rows, outputs).
 */
export const loraLinear = (
  trace: Trace,
  x: Value,
  weight: Value,
  bias: Value,
  adapter: LowRankAdapter,
): Value => addLowRank(trace, linear(trace, x, weight, bias), x, adapter);

/** whole + scale dropout(x) A B: an adapter beside a product that may have been computed in any way. */
export function addLowRank(trace: Trace, whole: Value, x: Value, adapter: LowRankAdapter): Value {
  const { down, up, scale, mask } = adapter;
  const g = trace.graph;
  const input = mask === null ? x : dropout(trace, x, mask);
  const narrow = g.node('Gemm', [input, down], [x.shape[0]!, down.shape[1]!]); // (rows, rank)
  const alpha = { float: scale };
  const y = g.node('Gemm', [narrow, up, whole], whole.shape, { attributes: { alpha } });
  trace.record([whole, input, down, up], [y], ([dy]) => {
    const dNarrow = g.node('Gemm', [dy!, up], narrow.shape, { attributes: { transB: 1, alpha } });
    return [
      () => dy!,
      () => g.node('Gemm', [dNarrow, down], x.shape, { attributes: { transB: 1 } }),
      () => g.node('Gemm', [input, dNarrow], down.shape, { attributes: { transA: 1 } }),
      () => g.node('Gemm', [narrow, dy!], up.shape, { attributes: { transA: 1, alpha } }),
    ];
  });
  return y;
}
