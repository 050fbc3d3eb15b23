import { Tensor } from 'onnxruntime-node';
import type { RandomStream } from '../../../model/random.ts';
import type { GptShape } from '../../../model/shape.ts';
import { compileKernels, type Kernels, VECTOR_BYTES } from './kernels.ts';
import type { BatchSize } from './training-batch.ts';

/** A place in the model where features are dropped, and how many rows it has. */
export interface DropoutSite {
  readonly name: string;
  readonly rows: number;
}

/** GPT-2's: after the embedding and after each projection back into the residual stream. Attention weights are kept. */
export function dropoutSites({ layers }: GptShape, { batch, tokens, positions }: BatchSize): DropoutSite[] {
  const sites = [{ name: 'embedding', rows: batch * tokens }];
  for (let layer = 0; layer < layers; layer++) {
    const rows = batch * (layer === layers - 1 ? positions : tokens);
    sites.push({ name: `h.${layer}.attn`, rows }, { name: `h.${layer}.mlp`, rows });
  }
  return sites;
}

/** Name of a site's mask among the inputs of the training graph. */
export const maskName = (site: string): string => `dropout.${site}`;

const FLOAT_BYTES = 4;
const WASM_PAGE_BYTES = 65536;

/** The masks of one batch size, made anew for each step and fed to the graph in place. */
export class DropoutMasks {
  /** Graph inputs by name, float32 (rows, width). */
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly #kernels: Kernels;
  readonly #spans: readonly { readonly address: number; readonly byteLength: number }[];
  readonly #rate: number;

  constructor(shape: GptShape, size: BatchSize, rate: number) {
    if (!(rate >= 0 && rate < 1)) throw new RangeError(`dropout ${rate} is not in [0, 1)`);
    this.#rate = rate;
    const sites = dropoutSites(shape, size);
    let end = 0;
    this.#spans = sites.map(({ rows }) => {
      const address = end;
      const byteLength = Math.ceil((rows * shape.width * FLOAT_BYTES) / VECTOR_BYTES) * VECTOR_BYTES;
      end += byteLength;
      return { address, byteLength };
    });
    const pages = Math.ceil(end / WASM_PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.#kernels = compileKernels(memory);
    this.tensors = Object.fromEntries(
      sites.map(({ name, rows }, i) => {
        const values = new Float32Array(memory.buffer, this.#spans[i]!.address, rows * shape.width);
        return [maskName(name), new Tensor('float32', values, [rows, shape.width])];
      }),
    );
  }

  /** Draws all masks; the same stream gives the same masks. */
  draw(random: RandomStream): void {
    const threshold = Math.round(this.#rate * 2 ** 32);
    const kept = 1 / (1 - this.#rate);
    for (const { address, byteLength } of this.#spans) {
      this.#kernels.dropoutMask(address, byteLength, random.bits(), random.bits(), threshold, kept);
    }
  }
}
