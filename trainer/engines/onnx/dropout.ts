import { Tensor } from 'onnxruntime-node';
import type { RandomStream } from '../../../model/random.ts';
import type { GptShape } from '../../../model/shape.ts';
import type { LoraSettings } from '../../finetune-settings.ts';
import { adaptedLayers } from '../lora.ts';
import { compileKernels, type Kernels, VECTOR_BYTES } from './kernels.ts';
import type { BatchSize } from './training-batch.ts';

/** A place in the model where values (rows, columns) are dropped. */
export interface DropoutSite {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** Share of them that is dropped, 0 to 1. */
  readonly rate: number;
}

/** GPT-2's: after the embedding and after each projection back into the residual stream. Attention weights are kept. */
export function dropoutSites(
  { layers, width: columns }: GptShape,
  { batch, tokens, positions }: BatchSize,
  rate: number,
): DropoutSite[] {
  const sites = [{ name: 'embedding', rows: batch * tokens, columns, rate }];
  for (let layer = 0; layer < layers; layer++) {
    const rows = batch * (layer === layers - 1 ? positions : tokens);
    for (const branch of ['attn', 'mlp']) sites.push({ name: `h.${layer}.${branch}`, rows, columns, rate });
  }
  return sites;
}

/** The inputs of the adapters (Hu et al., 2021). In the last layer only keys and values are computed for all rows. */
export function adapterSites(
  shape: GptShape,
  { batch, tokens, positions }: BatchSize,
  lora: LoraSettings,
): DropoutSite[] {
  const last = `h.${shape.layers - 1}.`;
  return adaptedLayers(shape, lora).map(({ name, down }) => {
    const isRead = name.startsWith(last) && !name.endsWith('c_attn');
    const rows = batch * (isRead ? positions : tokens);
    return { name, rows, columns: down.shape[0]!, rate: lora.dropout };
  });
}

/** Name of a site's mask among the inputs of the training graph. */
export const maskName = (site: string): string => `dropout.${site}`;

const FLOAT_BYTES = 4;
const WASM_PAGE_BYTES = 65536;

/** The masks of one batch size, made anew for each step and fed to the graph in place. */
export class DropoutMasks {
  /** Graph inputs by name, float32 (rows, columns). */
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly #kernels: Kernels;
  readonly #spans: readonly {
    readonly address: number;
    readonly byteLength: number;
    readonly rate: number;
  }[];

  constructor(sites: readonly DropoutSite[]) {
    let end = 0;
    this.#spans = sites.map(({ rows, columns, rate }) => {
      if (!(rate >= 0 && rate < 1)) throw new RangeError(`dropout ${rate} is not in [0, 1)`);
      const address = end;
      const byteLength = Math.ceil((rows * columns * FLOAT_BYTES) / VECTOR_BYTES) * VECTOR_BYTES;
      end += byteLength;
      return { address, byteLength, rate };
    });
    const pages = Math.ceil(end / WASM_PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.#kernels = compileKernels(memory);
    this.tensors = Object.fromEntries(
      sites.map(({ name, rows, columns }, i) => {
        const values = new Float32Array(memory.buffer, this.#spans[i]!.address, rows * columns);
        return [maskName(name), new Tensor('float32', values, [rows, columns])];
      }),
    );
  }

  /** Draws all masks; the same stream gives the same masks. */
  draw(random: RandomStream): void {
    for (const { address, byteLength, rate } of this.#spans) {
      const threshold = Math.round(rate * 2 ** 32);
      const kept = 1 / (1 - rate);
      this.#kernels.dropoutMask(address, byteLength, random.bits(), random.bits(), threshold, kept);
    }
  }
}
