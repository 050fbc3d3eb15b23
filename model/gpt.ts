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
export function gpt(trace: Trace, shape: GptShape, parts: GptParts, x: Value, selected: Value): Value {
  const norm = (input: Value, name: string) =>
    layerNorm(trace, input, parts.weight(`${name}.weight`), parts.weight(`${name}.bias`));
  const project = (input: Value, name: string) =>
    parts.linear?.(trace, input, name) ??
    linear(trace, input, parts.weight(`${name}.weight`), parts.weight(`${name}.bias`));
  const drop = parts.drop ?? ((input: Value) => input);

  let residual = drop(x, 'embedding');
  for (let layer = 0; layer < shape.layers; layer++) {
    const block = `h.${layer}`;
    const isLast = layer === shape.layers - 1;

    const qkv = project(norm(residual, `${block}.ln_1`), `${block}.attn.c_attn`); // (rows, 3 width)
    let [queries, keys, values] = splitColumns(trace, qkv, 3) as [Value, Value, Value];
    if (isLast) {
      queries = selectRows(trace, queries, selected);
      residual = selectRows(trace, residual, selected);
    }
    const mixed = parts.attend(layer, queries, keys, values, isLast ? selected : null);
    residual = add(trace, residual, drop(project(mixed, `${block}.attn.c_proj`), `${block}.attn`));

    const hidden = gelu(trace, project(norm(residual, `${block}.ln_2`), `${block}.mlp.c_fc`)); // (rows, 4 width)
    residual = add(trace, residual, drop(project(hidden, `${block}.mlp.c_proj`), `${block}.mlp`));
  }
  return norm(residual, 'ln_f');
}
