import { type Adapter, addProduct, type LowRankChange } from '../../model/adapter.ts';
import type { RandomStream } from '../../model/random.ts';
import type { GptShape } from '../../model/shape.ts';
import { type GptWeights, type TensorSpec, tensorShape, tensorSize, weightOf } from '../../model/weights.ts';
import type { LoraSettings } from '../finetune-settings.ts';

/** A linear layer with an adapter: W + scale A B stands for its weight (Hu et al., 2021). */
export interface AdaptedLayer {
  /** Such as `h.0.attn.c_attn`. */
  readonly name: string;
  /** (inputs, rank), A. */
  readonly down: TensorSpec;
  /** (rank, outputs), B. */
  readonly up: TensorSpec;
}

/** How much of A B is added to a weight. */
export const loraScale = ({ rank, alpha = rank }: LoraSettings): number => alpha / rank;

/** The layers that are adapted, in the order of the model. */
export function adaptedLayers(shape: GptShape, { rank, targets }: LoraSettings): AdaptedLayer[] {
  const names = Array.from({ length: shape.layers }, (_, l) => targets.map((target) => `h.${l}.${target}`));
  return names.flat().map((name) => {
    const [inputs, outputs] = tensorShape(shape, `${name}.weight`) as [number, number];
    return {
      name,
      down: { name: `${name}.lora_A`, shape: [inputs, rank] },
      up: { name: `${name}.lora_B`, shape: [rank, outputs] },
    };
  });
}

/** The tensors that are trained, in the order of a file. */
export const adapterTensors = (shape: GptShape, lora: LoraSettings): TensorSpec[] =>
  adaptedLayers(shape, lora).flatMap(({ down, up }) => [down, up]);

/** A normal with variance 1 / inputs, B zero: the model starts as the base it is. Each tensor draws from a stream of its own. */
export function initialAdapters(
  shape: GptShape,
  lora: LoraSettings,
  random: RandomStream,
): Map<string, Float32Array> {
  return new Map(
    adaptedLayers(shape, lora).flatMap(({ down, up }) => {
      const stream = random.fork(down.name);
      const std = 1 / Math.sqrt(down.shape[0]!);
      const values = Float32Array.from({ length: tensorSize(down) }, () => std * stream.normal());
      return [
        [down.name, values],
        [up.name, new Float32Array(tensorSize(up))],
      ] as const;
    }),
  );
}

/** The plain GPT-2 that base and adapters are together: what is validated and shipped knows nothing of adapters. */
export function mergeAdapters(
  shape: GptShape,
  lora: LoraSettings,
  base: GptWeights,
  adapters: GptWeights,
): Map<string, Float32Array> {
  const merged = new Map(base);
  const scale = loraScale(lora);
  for (const { name, down, up } of adaptedLayers(shape, lora)) {
    const weight = weightOf(base, `${name}.weight`).slice();
    addProduct(weight, weightOf(adapters, down.name), weightOf(adapters, up.name), lora.rank, scale);
    merged.set(`${name}.weight`, weight);
  }
  return merged;
}

/** The same as a model's adapter: the scale goes into B. */
export function adapterOf(shape: GptShape, lora: LoraSettings, adapters: GptWeights): Adapter {
  const scale = loraScale(lora);
  const changes = adaptedLayers(shape, lora).map(({ name, down, up }): [string, LowRankChange] => [
    name,
    {
      down: weightOf(adapters, down.name),
      up: weightOf(adapters, up.name).map((value) => scale * value),
    },
  ]);
  return { rank: lora.rank, changes: new Map(changes) };
}
