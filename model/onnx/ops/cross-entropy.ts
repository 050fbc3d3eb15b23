import type { Value } from '../graph.ts';
import type { Trace } from '../tape.ts';

/** Scores of the rows of `table`, which the token embedding shares. x (rows, width) -> (rows, vocabulary). */
export const tiedHead = ({ graph: g }: Trace, x: Value, table: Value): Value =>
  g.node('Gemm', [x, table], [x.shape[0]!, table.shape[0]!], { attributes: { transB: 1 } });

export interface CrossEntropyTargets {
  /** int32 (rows): the token that should come next. */
  readonly targets: Value;
  /** float32 (rows, 1): what each row counts in the loss; 0 for padding. */
  readonly rowWeights: Value;
  /** Probability spread evenly over the vocabulary (Szegedy et al., 2016); 0 to 1. */
  readonly labelSmoothing: number;
}

/** Keeps the logarithm finite when a target's probability underflows. */
const MIN_PROBABILITY = 1e-37;

/**
 * The weighted sum over rows of the cross entropy in nats of the tied head's softmax: a scalar, the end of the tape.
 *
 * One buffer (rows, vocabulary) serves forward and backward: the probabilities become the logits' gradient by
 * changing one element a row, and the row weights multiply the narrow side of each product. The gradient of the scalar
 * is taken as 1.
 */
export function tiedCrossEntropy(trace: Trace, x: Value, table: Value, options: CrossEntropyTargets): Value {
  const g = trace.graph;
  const { rowWeights, labelSmoothing } = options;
  const perRow = [x.shape[0]!, 1];
  const logits = tiedHead(trace, x, table);
  const target = g.node('Reshape', [options.targets, g.integers([-1, 1])], perRow);
  const probabilities = g.node('Softmax', [logits], logits.shape);
  const onTarget = g.node('GatherElements', [probabilities, target], perRow, { attributes: { axis: 1 } });
  const logOf = (p: Value) =>
    g.node('Log', [g.node('Max', [p, g.scalar(MIN_PROBABILITY)], p.shape)], p.shape);
  const scaled = (v: Value, factor: number) => g.node('Mul', [v, g.scalar(factor)], v.shape);

  let logLikelihood = logOf(onTarget);
  if (labelSmoothing > 0) {
    const meanLog = g.node('ReduceMean', [logOf(probabilities), g.integers([1])], perRow);
    logLikelihood = g.node(
      'Add',
      [scaled(logLikelihood, 1 - labelSmoothing), scaled(meanLog, labelSmoothing)],
      perRow,
    );
  }
  const weighted = g.node('Mul', [logLikelihood, rowWeights], perRow);
  const loss = g.node('Neg', [g.node('ReduceSum', [weighted], [], { attributes: { keepdims: 0 } })], []);

  trace.record([x, table], [loss], () => {
    const spread = labelSmoothing / (table.shape[0] as number);
    const offTarget =
      spread > 0 ? g.node('Sub', [probabilities, g.scalar(spread)], logits.shape) : probabilities;
    const dOnTarget = g.node('Sub', [onTarget, g.scalar(1 - labelSmoothing + spread)], perRow);
    const dLogits = g.node('ScatterElements', [offTarget, target, dOnTarget], logits.shape, {
      attributes: { axis: 1 },
    });
    const weightedX = g.node('Mul', [x, rowWeights], x.shape);
    return [
      () => g.node('Mul', [g.node('Gemm', [dLogits, table], x.shape), rowWeights], x.shape),
      () => g.node('Gemm', [dLogits, weightedX], table.shape, { attributes: { transA: 1 } }),
    ];
  });
  return loss;
}
