import type { Value } from '../graph.ts';
import type { Trace } from '../tape.ts';

/** Rows of `x` by number, repeats allowed. x (rows, width), indices (selected) -> (selected, width). */
export function selectRows(trace: Trace, x: Value, indices: Value): Value {
  const g = trace.graph;
  const y = g.node('Gather', [x, indices], [indices.shape[0]!, x.shape[1]!]);
  trace.record([x], [y], ([dy]) => {
    const zeros = g.node('ConstantOfShape', [g.integers(x.shape as number[])], x.shape, { type: 'float32' });
    const target = g.node('Unsqueeze', [indices, g.integers([1])], [indices.shape[0]!, 1]);
    const target64 = g.node('Cast', [target], target.shape, { attributes: { to: INT64 }, type: 'int64' });
    return [() => g.node('ScatterND', [zeros, target64, dy!], x.shape, { attributes: { reduction: 'add' } })];
  });
  return y;
}

/** `TensorProto.DataType.INT64`: ScatterND takes no other index. */
const INT64 = 7;
