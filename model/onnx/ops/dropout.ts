import type { Value } from '../graph.ts';
import type { Trace } from '../tape.ts';

/** Inverted dropout (Srivastava et al., 2014). `mask`, of the shape of x, holds 0 or 1 / (1 - rate). */
export function dropout(trace: Trace, x: Value, mask: Value): Value {
  const g = trace.graph;
  const y = g.node('Mul', [x, mask], x.shape);
  trace.record([x], [y], ([dy]) => [() => g.node('Mul', [dy!, mask], x.shape)]);
  return y;
}
