import type { Value } from './onnx/graph.ts';
import { add } from './onnx/ops/add.ts';
import { gelu } from './onnx/ops/gelu.ts';
import { layerNorm } from './onnx/ops/layer-norm.ts';
import { linear } from './onnx/ops/linear.ts';
import { selectRows } from './onnx/ops/select-rows.ts';
import { splitColumns } from './onnx/ops/split-columns.ts';
import type { Trace } from './onnx/tape.ts';
import type { GptShape } from './shape.ts';

/** What differs between serving, training and scoring; the model itself is written once, below. */
export interface GptParts {
  /** The learnt tensor of this GPT-2 name. */
  readonly weight: (name: string) => Value;
  /**
   * Mixes values by attention in layer `layer`. `queries` are all rows, or in the last layer the `selected` ones;
   * keys and values are (rows, width).
   */
  readonly attend: (
    layer: number,
    queries: Value,
    keys: Value,
    values: Value,
    selected: Value | null,
  ) => Value;
  /** `name` is a linear layer such as `h.0.mlp.c_fc`; plain float weights unless replaced (quantisation). */
  readonly linear?: (trace: Trace, x: Value, name: string) => Value;
  /** Drops features in training; `site` is `embedding`, `h.<layer>.attn` or `h.<layer>.mlp`. */
  readonly drop?: (x: Value, site: string) => Value;
}

/**
 * GPT-2 from embedded rows to the final norm.
 *
 * @param x token plus position embeddings (rows, width)
 * @param selected int (selected), the rows to read: nothing after the last layer's keys and values is computed for others
 * @returns (selected, width), ready for the tied head
 */
export const gpt = (trace: Trace, shape: GptShape, parts: GptParts, x: Value, selected: Value): Value =>
  throughLastLayer(trace, shape, parts, toLastLayer(trace, shape, parts, x), selected);

/** A layer on its way into attention; each is (rows, width). */
export interface LayerRows {
  readonly residual: Value;
  readonly queries: Value;
  readonly keys: Value;
  readonly values: Value;
}

/** All layers up to the last one's keys and values: as far as every row must go, be it read or not. */
export function toLastLayer(trace: Trace, shape: GptShape, parts: GptParts, x: Value): LayerRows {
  const last = shape.layers - 1;
  let residual = dropped(parts, x, 'embedding');
  for (let layer = 0; layer < last; layer++) {
    const rows = layerRows(trace, parts, residual, layer);
    const mixed = parts.attend(layer, rows.queries, rows.keys, rows.values, null);
    residual = afterAttention(trace, parts, residual, mixed, layer);
  }
  return layerRows(trace, parts, residual, last);
}

/** The rest of the last layer, for the rows that are read: -> (selected, width). */
export function throughLastLayer(
  trace: Trace,
  shape: GptShape,
  parts: GptParts,
  { residual, queries, keys, values }: LayerRows,
  selected: Value,
): Value {
  const last = shape.layers - 1;
  const [asking, before] = [queries, residual].map((rows) => selectRows(trace, rows, selected)) as [
    Value,
    Value,
  ];
  const mixed = parts.attend(last, asking, keys, values, selected);
  return norm(trace, parts, afterAttention(trace, parts, before, mixed, last), 'ln_f');
}

function layerRows(trace: Trace, parts: GptParts, residual: Value, layer: number): LayerRows {
  const normed = norm(trace, parts, residual, `h.${layer}.ln_1`);
  const qkv = project(trace, parts, normed, `h.${layer}.attn.c_attn`); // (rows, 3 width)
  const [queries, keys, values] = splitColumns(trace, qkv, 3) as [Value, Value, Value];
  return { residual, queries, keys, values };
}

function afterAttention(trace: Trace, parts: GptParts, before: Value, mixed: Value, layer: number): Value {
  const block = `h.${layer}`;
  const attended = project(trace, parts, mixed, `${block}.attn.c_proj`);
  const residual = add(trace, before, dropped(parts, attended, `${block}.attn`));
  const normed = norm(trace, parts, residual, `${block}.ln_2`);
  const hidden = gelu(trace, project(trace, parts, normed, `${block}.mlp.c_fc`)); // (rows, 4 width)
  const output = project(trace, parts, hidden, `${block}.mlp.c_proj`);
  return add(trace, residual, dropped(parts, output, `${block}.mlp`));
}

const norm = (trace: Trace, { weight }: GptParts, x: Value, name: string): Value =>
  layerNorm(trace, x, weight(`${name}.weight`), weight(`${name}.bias`));

const project = (trace: Trace, parts: GptParts, x: Value, name: string): Value =>
  parts.linear?.(trace, x, name) ??
  linear(trace, x, parts.weight(`${name}.weight`), parts.weight(`${name}.bias`));

const dropped = ({ drop }: GptParts, x: Value, site: string): Value => drop?.(x, site) ?? x;
