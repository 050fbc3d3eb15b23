import type { Value } from '../graph.ts';
import type { Trace } from '../tape.ts';
import { columnSums } from './linear.ts';

/** Added to the variance; part of the model, as published. */
export const LAYER_NORM_EPSILON = 1e-5;

/** Layer normalisation (Ba et al., 2016). x (rows, width), gain and bias (width) -> (rows, width). */
export function layerNorm(trace: Trace, x: Value, gain: Value, bias: Value): Value {
  const g = trace.graph;
  const perRow = [x.shape[0]!, 1];
  const [y, mean, inverseStd] = g.nodes('LayerNormalization', [x, gain, bias], [x.shape, perRow, perRow], {
    attributes: { axis: -1, epsilon: { float: LAYER_NORM_EPSILON } },
  });
  trace.record([x, gain, bias], [y!], ([dy]) => {
    // With n the normalised x and a = gain dy: dx = (a - mean(a) - n mean(a n)) / std.
    const normalised = g.node('Mul', [g.node('Sub', [x, mean!], x.shape), inverseStd!], x.shape);
    const dyNormalised = g.node('Mul', [dy!, normalised], x.shape);
    const a = g.node('Mul', [dy!, gain], x.shape);
    const aNormalised = g.node('Mul', [dyNormalised, gain], x.shape);
    const meanOf = (v: Value) => g.node('ReduceMean', [v, g.integers([-1])], perRow);
    const projection = g.node('Mul', [normalised, meanOf(aNormalised)], x.shape);
    const centred = g.node('Sub', [g.node('Sub', [a, meanOf(a)], x.shape), projection], x.shape);
    return [
      () => g.node('Mul', [centred, inverseStd!], x.shape),
      () => columnSums(trace, dyNormalised),
      () => columnSums(trace, dy!),
    ];
  });
  return y!;
}
