import type { Value } from './onnx/graph.ts';
import { addLowRank, type LowRankAdapter } from './onnx/ops/lora-linear.ts';
import type { Arithmetic, ModelSource } from './serving-graph.ts';
import { tensorShape } from './weights.ts';

/** Inputs of a serving graph: a layer's A (inputs, rank) and B (rank, outputs). */
export const DOWN_INPUT = 'lora_a.';
export const UP_INPUT = 'lora_b.';

/**
 * The same arithmetic, with a low-rank change of some linear layers that is given anew in every call: whoever shares the
 * weights brings what is its own. It is added in floats, however the weights themselves are stored.
 *
 * Adds the inputs `lora_a.{layer}` float32 (inputs, rank) and `lora_b.{layer}` float32 (rank, outputs), the scale being part
 * of B. Zeros change nothing, to the last bit. The rank is the same for all layers of a call, and at least 2 where scores
 * should not depend on how a prompt is cut: with one column, ONNX Runtime takes another kernel, which takes rows in groups.
 *
 * @param layers such as `h.0.attn.c_attn`
 */
export const takingAdapters =
  (arithmetic: Arithmetic, layers: readonly string[]): Arithmetic =>
  (source) => {
    const { linear, table } = arithmetic(source);
    const adapters = new Map(layers.map((layer) => [layer, adapterInputs(source, layer)]));
    return {
      linear: (trace, x, layer) => {
        const whole: Value = linear(trace, x, layer);
        const adapter = adapters.get(layer);
        return adapter === undefined ? whole : addLowRank(trace, whole, x, adapter);
      },
      table,
    };
  };

function adapterInputs({ graph, shape }: ModelSource, layer: string): LowRankAdapter {
  const [inputs, outputs] = tensorShape(shape, `${layer}.weight`) as [number, number];
  return {
    down: graph.input(`${DOWN_INPUT}${layer}`, 'float32', [inputs, 'rank']),
    up: graph.input(`${UP_INPUT}${layer}`, 'float32', ['rank', outputs]),
    scale: 1,
    mask: null,
  };
}
