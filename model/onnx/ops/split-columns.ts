import type { Value } from '../graph.ts';
import type { Trace } from '../tape.ts';

/** Cuts (rows, parts * width) into `parts` tensors (rows, width). */
export function splitColumns(trace: Trace, x: Value, parts: number): Value[] {
  const g = trace.graph;
  const [rows, columns] = x.shape;
  const shape = [rows!, (columns as number) / parts];
  const pieces = g.nodes('Split', [x], new Array(parts).fill(shape), {
    attributes: { axis: 1, num_outputs: parts },
  });
  trace.record([x], pieces, (gradients) => [
    () => g.node('Concat', gradients, x.shape, { attributes: { axis: 1 } }),
  ]);
  return pieces;
}
