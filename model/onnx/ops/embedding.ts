import type { Value } from '../graph.ts';
import type { Trace } from '../tape.ts';

/**
 * Rows of a learnt table. table (vocabulary, width), ids (rows) -> (rows, width).
 *
 * The table's gradient is not formed here: it is as large as the table and nearly all zero. Whoever trains reads the
 * gradient at the result and adds each row to its id's, outside the graph.
 */
export const embedding = ({ graph: g }: Trace, table: Value, ids: Value): Value =>
  g.node('Gather', [table, ids], [ids.shape[0]!, table.shape[1]!]);

/** Adds positions 0..tokens-1 to each sample. x (batch * tokens, width), positions (tokens, width). */
export function addPositions(trace: Trace, x: Value, positions: Value): Value {
  const g = trace.graph;
  const [tokens, width] = positions.shape as number[];
  const samples = [(x.shape[0] as number) / tokens!, tokens!, width!];
  const perSample = g.node('Reshape', [x, g.integers(samples)], samples);
  const sum = g.node('Add', [perSample, positions], samples);
  const y = g.node('Reshape', [sum, g.integers(x.shape as number[])], x.shape);
  trace.record([x, positions], [y], ([dy]) => [
    () => dy!,
    () => {
      const perSampleGradient = g.node('Reshape', [dy!, g.integers(samples)], samples);
      return g.node('ReduceSum', [perSampleGradient, g.integers([0])], positions.shape, {
        attributes: { keepdims: 0 },
      });
    },
  ]);
  return y;
}
