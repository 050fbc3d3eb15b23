import type { Graph, Value } from '../graph.ts';
import type { Trace } from '../tape.ts';
import { columnSums } from './linear.ts';

/** Scores of the rows of `table`, which the token embedding shares. x (rows, width) -> (rows, vocabulary). */
export const tiedHead = ({ graph: g }: Trace, x: Value, table: Value): Value =>
  g.node('Gemm', [x, table], [x.shape[0]!, table.shape[0]!], { attributes: { transB: 1 } });

export interface CrossEntropyTargets {
  /** (rows, width): the table's row of the token that should come next, of which its gradient is to be added to that row. */
  readonly targets: Value;
  /** float32 (rows, 1): what each row counts in the loss; 0 for padding. */
  readonly rowWeights: Value;
  /** Probability spread evenly over the vocabulary (Szegedy et al., 2016); 0 to 1. */
  readonly labelSmoothing: number;
}

/**
 * The weighted sum over rows of the cross entropy in nats of the tied head's softmax: a scalar, the end of the tape. The
 * gradient of the scalar is taken as 1.
 *
 * The vocabulary comes in pieces, of each of which one buffer (rows, piece) serves forward and backward: its own softmax.
 * A row's probabilities are that times the piece's share of the row, and shares and row weights multiply the narrow side
 * of each product. What is taken off for the expected token, sum_i t_i W_i, is narrow as well.
 *
 * @param table consecutive rows of the token table, (piece, width) each
 */
export function tiedCrossEntropy(
  trace: Trace,
  x: Value,
  table: readonly Value[],
  { targets, rowWeights, labelSmoothing }: CrossEntropyTargets,
): Value {
  const g = trace.graph;
  const rows = x.shape[0] as number;
  const perRow = [rows, 1];
  const vocabulary = table.reduce((sum, { shape }) => sum + (shape[0] as number), 0);
  const elementwise = (opType: string, a: Value, b: Value): Value => g.node(opType, [a, b], a.shape);
  const scaled = (value: Value, factor: number): Value => elementwise('Mul', value, g.scalar(factor));
  const overColumns = (opType: string, value: Value): Value =>
    g.node(opType, [value, g.integers([1])], perRow);

  const pieces = table.map((weight) => {
    const logits = tiedHead(trace, x, weight);
    const softmax = g.node('Softmax', [logits], logits.shape);
    const logOfLargest = g.node('Log', [overColumns('ReduceMax', softmax)], perRow);
    return { weight, softmax, logSum: elementwise('Sub', overColumns('ReduceMax', logits), logOfLargest) };
  });
  const logSum = logSumOf(
    g,
    pieces.map((piece) => piece.logSum),
  );
  const expected =
    labelSmoothing > 0
      ? elementwise(
          'Add',
          scaled(targets, 1 - labelSmoothing),
          scaled(sumOfRows(g, table), labelSmoothing / vocabulary),
        )
      : targets;
  const expectedLogit = overColumns('ReduceSum', elementwise('Mul', x, expected));
  const weighted = elementwise('Mul', elementwise('Sub', logSum, expectedLogit), rowWeights);
  const loss = g.node('ReduceSum', [weighted], [], { attributes: { keepdims: 0 } });

  trace.record([x, targets, ...table], [loss], () => {
    const weightedX = elementwise('Mul', x, rowWeights);
    const shares = pieces.map((piece) =>
      pieces.length > 1 ? g.node('Exp', [elementwise('Sub', piece.logSum, logSum)], perRow) : null,
    );
    const ofPiece = (value: Value, piece: number): Value => {
      const share = shares[piece];
      return share ? elementwise('Mul', value, share) : value;
    };
    const dX = (): Value => {
      const foretold = pieces
        .map(({ softmax, weight }, i) => ofPiece(g.node('Gemm', [softmax, weight], x.shape), i))
        .reduce((sum, part) => elementwise('Add', sum, part));
      return elementwise('Mul', elementwise('Sub', foretold, expected), rowWeights);
    };
    const spread =
      labelSmoothing > 0 ? scaled(columnSums(trace, weightedX), labelSmoothing / vocabulary) : null;
    const dPieces = pieces.map(({ softmax, weight }, i) => (): Value => {
      const foretold = g.node('Gemm', [softmax, ofPiece(weightedX, i)], weight.shape, {
        attributes: { transA: 1 },
      });
      return spread ? elementwise('Sub', foretold, spread) : foretold;
    });
    return [dX, () => scaled(weightedX, labelSmoothing - 1), ...dPieces];
  });
  return loss;
}

/** The logarithm of the summed exponentials of all pieces: each (rows, 1) -> (rows, 1). */
function logSumOf(g: Graph, ofPieces: readonly Value[]): Value {
  const [first, ...others] = ofPieces;
  if (others.length === 0) return first!;
  const rows = first!.shape[0]!;
  const all = g.node('Concat', ofPieces, [rows, ofPieces.length], { attributes: { axis: 1 } });
  return g.node('ReduceLogSumExp', [all, g.integers([1])], first!.shape);
}

/** Of all pieces of a table: (1, width). */
const sumOfRows = (g: Graph, table: readonly Value[]): Value =>
  table
    .map((piece) => g.node('ReduceSum', [piece, g.integers([0])], [1, piece.shape[1]!]))
    .reduce((sum, part) => g.node('Add', [sum, part], sum.shape));
