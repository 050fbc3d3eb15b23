import type { Value } from '../graph.ts';
import type { Trace } from '../tape.ts';

/** y = x W + b. x (rows, inputs), weight (inputs, outputs), bias (outputs) -> (rows, outputs). */
export function linear(trace: Trace, x: Value, weight: Value, bias: Value): Value {
  const g = trace.graph;
  const y = g.node('Gemm', [x, weight, bias], [x.shape[0]!, weight.shape[1]!]);
  trace.record([x, weight, bias], [y], ([dy]) => [
    () => g.node('Gemm', [dy!, weight], x.shape, { attributes: { transB: 1 } }),
    () => g.node('Gemm', [x, dy!], weight.shape, { attributes: { transA: 1 } }),
    () => columnSums(trace, dy!),
  ]);
  return y;
}

/** Sums over rows. x (rows, columns) -> (columns). */
export const columnSums = ({ graph: g }: Trace, x: Value): Value =>
  g.node('ReduceSum', [x, g.integers([0])], [x.shape[1]!], { attributes: { keepdims: 0 } });
