import { type GptParts, gpt } from '../../../model/gpt.ts';
import { encodeModel, Graph, type Value } from '../../../model/onnx/graph.ts';
import { attention } from '../../../model/onnx/ops/attention.ts';
import { tiedCrossEntropy, tiedHead } from '../../../model/onnx/ops/cross-entropy.ts';
import { dropout } from '../../../model/onnx/ops/dropout.ts';
import { addPositions, embedding } from '../../../model/onnx/ops/embedding.ts';
import { linear } from '../../../model/onnx/ops/linear.ts';
import { loraLinear } from '../../../model/onnx/ops/lora-linear.ts';
import { forwardOnly, Tape, type Trace } from '../../../model/onnx/tape.ts';
import { checkShape, type GptShape } from '../../../model/shape.ts';
import { gptTensors } from '../../../model/weights.ts';
import type { LoraSettings } from '../../finetune-settings.ts';
import { adapterTensors, loraScale } from '../lora.ts';
import { maskName } from './dropout.ts';
import { headPieces } from './head-pieces.ts';
import type { BatchSize } from './training-batch.ts';

export interface LossOptions {
  /** Probability spread evenly over the vocabulary; 0 unless given. */
  readonly labelSmoothing?: number;
  /** Adds an input `dropout.<site>` for each of `dropoutSites`. */
  readonly dropout?: boolean;
  /** Trains adapters alone; adds inputs for them, and with their dropout one for each of `adapterSites`. */
  readonly lora?: LoraSettings | undefined;
}

/**
 * Forward and backward of one batch, for n = batch * tokens rows and r = batch * positions rows that are read.
 *
 * Inputs: every weight under its GPT-2 name, but only rows 0..tokens-1 of `wpe.weight`; the token table once more, in its
 * `headPieces`; `ids` int32 (n); `rows` int32 (r), sample by sample, each within its own sample; `targets` int32 (r);
 * `row_weights` float32 (r, 1).
 * Outputs: `loss` (); `gradient.<name>` for every weight, the token table's in pieces; `gradient.embedded` (n, width) and
 * `gradient.expected` (r, width), to be added to the token table's row of each id and of each target. With `lora`, a
 * gradient for every adapter instead, and nothing is computed for the weights, which stay as they are.
 */
export const trainingGraph = (shape: GptShape, size: BatchSize, options?: LossOptions): Uint8Array =>
  encodeModel(trainingNodes(shape, size, options));

/** The same, before it is written. */
export function trainingNodes(shape: GptShape, size: BatchSize, options: LossOptions = {}): Graph {
  const { labelSmoothing = 0, lora } = options;
  const graph = new Graph();
  const tape = new Tape(graph);
  const { weights, adapters, embedded, final } = readRows(tape, shape, size, {
    ...options,
    adapterDropout: lora !== undefined && lora.dropout > 0,
  });
  const { loss, head, expected } = lossOf(tape, final, weights, shape, size, labelSmoothing);
  const trained = lora ? adapters : [...weights, ...head].filter(([name]) => name !== TOKEN_TABLE);
  const wanted = lora ? [...adapters.values()] : undefined;
  const gradientAt = tape.gradientsFrom([[loss, graph.scalar(1)]], wanted);
  graph.output(loss, 'loss');
  if (!lora) {
    graph.output(gradientAt(embedded), 'gradient.embedded');
    graph.output(gradientAt(expected), 'gradient.expected');
  }
  for (const [name, tensor] of trained) graph.output(gradientAt(tensor), `gradient.${name}`);
  return graph;
}

/** Forward only, over the inputs of `trainingGraph`; its `loss` alone. */
export function lossGraph(shape: GptShape, size: BatchSize): Uint8Array {
  const graph = new Graph();
  const trace = forwardOnly(graph);
  const { weights, final } = readRows(trace, shape, size, {});
  graph.output(lossOf(trace, final, weights, shape, size, 0).loss, 'loss');
  return encodeModel(graph);
}

/** The weighted mean cross entropy of the rows that are read, and what of the token table it reads. */
function lossOf(
  trace: Trace,
  final: Value,
  weights: ReadonlyMap<string, Value>,
  shape: GptShape,
  { batch, positions }: BatchSize,
  labelSmoothing: number,
) {
  const g = trace.graph;
  const read = batch * positions;
  const head = new Map(
    headPieces(shape).map(({ name, from, to }) => [name, g.input(name, 'float32', [to - from, shape.width])]),
  );
  const expected = embedding(trace, weights.get(TOKEN_TABLE)!, g.input('targets', 'int32', [read]));
  const loss = tiedCrossEntropy(trace, final, [...head.values()], {
    targets: expected,
    rowWeights: g.input('row_weights', 'float32', [read, 1]),
    labelSmoothing,
  });
  return { loss, head, expected };
}

/**
 * Forward only, over the same inputs without `targets` and `row_weights`, plus `head_ids` int32 (labels), the
 * vocabulary rows to score. Output: `logits` (r, labels).
 */
export function scoringGraph(
  shape: GptShape,
  size: BatchSize,
  labels: number,
  lora?: LoraSettings,
): Uint8Array {
  const graph = new Graph();
  const trace = forwardOnly(graph);
  const { weights, final } = readRows(trace, shape, size, { lora });
  const head = embedding(trace, weights.get(TOKEN_TABLE)!, graph.input('head_ids', 'int32', [labels]));
  graph.output(tiedHead(trace, final, head), 'logits');
  return encodeModel(graph);
}

const TOKEN_TABLE = 'wte.weight';

/** Declares the inputs and runs the model up to the rows that are read. */
function readRows(
  trace: Trace,
  shape: GptShape,
  { batch, tokens, positions }: BatchSize,
  { dropout: dropped = false, lora, adapterDropout = false }: LossOptions & { adapterDropout?: boolean },
) {
  checkShape(shape);
  if (tokens > shape.context) {
    throw new RangeError(`${tokens} tokens do not fit a context of ${shape.context}`);
  }
  const g = trace.graph;
  const weights = new Map<string, Value>();
  for (const spec of gptTensors(shape)) {
    const size = spec.name === 'wpe.weight' ? [tokens, shape.width] : spec.shape;
    weights.set(spec.name, g.input(spec.name, 'float32', size));
  }
  const weight = (name: string): Value => weights.get(name)!;
  const adapters = new Map<string, Value>();
  for (const { name, shape: size } of lora ? adapterTensors(shape, lora) : []) {
    adapters.set(name, g.input(name, 'float32', size));
  }
  const ids = g.input('ids', 'int32', [batch * tokens]);
  const rows = g.input('rows', 'int32', [batch * positions]);

  const embedded = embedding(trace, weight(TOKEN_TABLE), ids);
  const x = addPositions(trace, embedded, weight('wpe.weight'));
  const causal = causalBias(trace, tokens);
  const biasOfRows = biasOfSelected(trace, causal, rows, { batch, tokens, positions });
  const attend: GptParts['attend'] = (_layer, q, k, v, selected) =>
    attention(trace, q, k, v, { batch, heads: shape.heads, bias: selected === null ? causal : biasOfRows });
  const drop = (input: Value, site: string): Value =>
    dropout(trace, input, g.input(maskName(site), 'float32', input.shape));
  const adapted = (_: Trace, input: Value, name: string): Value => {
    const [plain, bias] = [weight(`${name}.weight`), weight(`${name}.bias`)];
    const [down, up] = [adapters.get(`${name}.lora_A`), adapters.get(`${name}.lora_B`)];
    if (!(lora && down && up)) return linear(trace, input, plain, bias);
    const mask = adapterDropout ? g.input(maskName(name), 'float32', input.shape) : null;
    return loraLinear(trace, input, plain, bias, { down, up, scale: loraScale(lora), mask });
  };
  const parts: GptParts = { weight, attend, linear: adapted, ...(dropped && { drop }) };
  return { weights, adapters, embedded, final: gpt(trace, shape, parts, x, rows) };
}

/** Large enough that its exponential is zero in float32, and finite, so that no sum of it is NaN. */
const HIDDEN = -1e30;

/** (tokens, tokens): 0 where row i may see column j <= i. */
function causalBias({ graph: g }: Trace, tokens: number): Value {
  const bias = new Float32Array(tokens * tokens);
  for (let i = 0; i < tokens; i++) bias.fill(HIDDEN, i * tokens + i + 1, (i + 1) * tokens);
  return g.constant('causal_bias', 'float32', [tokens, tokens], bias);
}

/** The rows of the causal bias that belong to the selected rows: (batch, 1, positions, tokens). */
function biasOfSelected({ graph: g }: Trace, causal: Value, rows: Value, size: BatchSize): Value {
  const { batch, tokens, positions } = size;
  const tokensPerSample = g.constant('tokens_per_sample', 'int32', [1], Int32Array.of(tokens));
  const withinSample = g.node('Mod', [rows, tokensPerSample], rows.shape);
  const gathered = g.node('Gather', [causal, withinSample], [batch * positions, tokens]);
  const shape = [batch, 1, positions, tokens];
  return g.node('Reshape', [gathered, g.integers(shape)], shape);
}
