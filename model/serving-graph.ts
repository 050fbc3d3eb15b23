import { type GptParts, type LayerRows, throughLastLayer, toLastLayer } from './gpt.ts';
import { encodeModel, Graph, type Value } from './onnx/graph.ts';
import { maskedAttention } from './onnx/ops/attention.ts';
import { tiedHead } from './onnx/ops/cross-entropy.ts';
import { embedding } from './onnx/ops/embedding.ts';
import { linear } from './onnx/ops/linear.ts';
import { forwardOnly, type Trace } from './onnx/tape.ts';
import { checkShape, type GptShape } from './shape.ts';
import { floatTable, TOKEN_TABLE, type TokenTable } from './token-table.ts';
import { type GptWeights, tensorShape, weightOf } from './weights.ts';

/** A model on its way into a file. */
export interface ModelSource {
  readonly graph: Graph;
  readonly shape: GptShape;
  readonly weights: GptWeights;
  /** A tensor as float32 in the file; it enters when it is first asked for. */
  readonly stored: (name: string) => Value;
}

/** How the large matrices are stored and multiplied: in floats, or quantised (quantize.ts). */
export type Arithmetic = (source: ModelSource) => {
  readonly linear: NonNullable<GptParts['linear']>;
  readonly table: TokenTable;
};

export const floatArithmetic: Arithmetic = ({ stored }) => ({
  linear: (trace, x, name) => linear(trace, x, stored(`${name}.weight`), stored(`${name}.bias`)),
  table: floatTable(stored(TOKEN_TABLE)),
});

/**
 * One call of the model on T new tokens of one sample that has P tokens already, as a self-contained ONNX file.
 *
 * | input | type, shape | |
 * |---|---|---|
 * | `ids`, `positions` | int64 (T) | the new tokens and where they stand |
 * | `past_key.{l}`, `past_value.{l}` | float32 (P, width) | per layer, token-major; P may be 0 |
 * | `mask` | bool (T, P + T) | true where a new token attends |
 * | `rows` | int64 (R) | which of the T rows to read; R may be 0 |
 * | `head_ids` | int64 (M) | vocabulary rows to score |
 * | `full_head` | bool () | score the whole vocabulary instead |
 *
 * Outputs: `key.{l}`, `value.{l}` float32 (T, width), the new rows only; `logits` float32 (R, M) or (R, vocab).
 * In floats, a row's scores do not depend, bit for bit, on how its prompt was cut into calls, if each had two tokens or
 * more; of the other arithmetics quantize.ts tells.
 */
export function servingGraph(
  shape: GptShape,
  weights: GptWeights,
  arithmetic: Arithmetic = floatArithmetic,
): Uint8Array {
  checkShape(shape);
  const g = new Graph();
  const trace = forwardOnly(g);
  const weight = storedWeights(g, shape, weights);
  const { linear, table } = arithmetic({ graph: g, shape, weights, stored: weight });
  const pastShape = ['P', shape.width];
  const ids = g.input('ids', 'int64', ['T']);
  const positions = g.input('positions', 'int64', ['T']);
  const past = Array.from({ length: shape.layers }, (_, l) => ({
    keys: g.input(`past_key.${l}`, 'float32', pastShape),
    values: g.input(`past_value.${l}`, 'float32', pastShape),
  }));
  const mask = g.input('mask', 'bool', ['T', 'P+T']);
  const rows = g.input('rows', 'int64', ['R']);
  const headIds = g.input('head_ids', 'int64', ['M']);
  const fullHead = g.input('full_head', 'bool', []);

  const attendOn =
    ({ graph }: Trace): GptParts['attend'] =>
    (layer, q, k, v, selected) => {
      const { keys, values } = past[layer]!;
      const appended = (before: Value, rowsToAdd: Value) =>
        graph.node('Concat', [before, rowsToAdd], ['P+T', shape.width], { attributes: { axis: 0 } });
      const visible = selected === null ? mask : graph.node('Gather', [mask, selected], ['R+1', 'P+T']);
      return maskedAttention(graph, q, appended(keys, k), appended(values, v), visible, shape.heads);
    };
  const publish = (layer: number, k: Value, v: Value): void => {
    g.output(k, `key.${layer}`);
    g.output(v, `value.${layer}`);
  };
  const attend: GptParts['attend'] = (layer, q, k, v, selected) => {
    publish(layer, k, v);
    return attendOn(trace)(layer, q, k, v, selected);
  };

  const tokens = table.rows(g, ids);
  const x = g.node('Add', [tokens, embedding(trace, weight('wpe.weight'), positions)], tokens.shape);
  const last = toLastLayer(trace, shape, { weight, linear, attend }, x);
  publish(shape.layers - 1, last.keys, last.values);
  const final = whereRead(g, rows, last, (branch, read) => {
    const onBranch = forwardOnly(branch);
    return throughLastLayer(onBranch, shape, { weight, linear, attend: attendOn(onBranch) }, last, read);
  });
  g.output(head(g, final, table, headIds, fullHead), 'logits');
  return encodeModel(g);
}

/** Tensors enter the file when the model first asks for them. */
function storedWeights(g: Graph, shape: GptShape, weights: GptWeights): (name: string) => Value {
  const stored = new Map<string, Value>();
  return (name) => {
    const known = stored.get(name);
    if (known !== undefined) return known;
    const value = g.constant(name, 'float32', tensorShape(shape, name) as number[], weightOf(weights, name));
    stored.set(name, value);
    return value;
  };
}

/**
 * What is computed for the rows that are read, or where there are none a row without meaning: (R + 1, width) all the same.
 * A call that only fills the caches, as most do while a window comes in, is spared the rest of the last layer.
 */
function whereRead(
  g: Graph,
  rows: Value,
  { residual }: LayerRows,
  compute: (branch: Graph, read: Value) => Value,
): Value {
  const some = new Graph(g);
  // Row 0 is read once more and thrown away: attention refuses zero queries, and a single row would take another
  // matrix kernel, whose sums round differently.
  const read = some.node('Concat', [rows, some.integers([0])], ['R+1'], { attributes: { axis: 0 } });
  some.output(compute(some, read));
  const none = new Graph(g);
  none.output(
    none.node('Slice', [residual, none.integers([0]), none.integers([1])], [1, residual.shape[1]!]),
  );
  const isAnyRead = g.node('Greater', [g.node('Shape', [rows], [1]), g.integers([0])], [1], { type: 'bool' });
  return g.node('If', [isAnyRead], ['R+1', residual.shape[1]!], {
    attributes: { then_branch: some, else_branch: none },
    type: 'float32',
  });
}

/** Scores a handful of vocabulary rows, or all: final (R + 1, width) -> (R, M or vocab). */
function head(g: Graph, final: Value, table: TokenTable, headIds: Value, fullHead: Value): Value {
  const withoutLast = (branch: Graph, x: Value): Value =>
    branch.node('Slice', [x, branch.integers([0]), branch.integers([-1])], ['R', x.shape[1]!]);
  const everything = new Graph(g);
  everything.output(table.scores(everything, withoutLast(everything, final)));
  const labels = new Graph(g);
  const labelRows = table.rows(labels, headIds);
  labels.output(withoutLast(labels, tiedHead(forwardOnly(labels), final, labelRows)));
  return g.node('If', [fullHead], ['R', 'labels'], {
    attributes: { then_branch: everything, else_branch: labels },
    type: 'float32',
  });
}
