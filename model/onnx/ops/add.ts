import type { Value } from '../graph.ts';
import type { Trace } from '../tape.ts';

/** The residual connection: a + b, both of one shape. */
export function add(trace: Trace, a: Value, b: Value): Value {
  const y = trace.graph.node('Add', [a, b], a.shape);
  trace.record([a, b], [y], ([dy]) => [() => dy!, () => dy!]);
  return y;
}
