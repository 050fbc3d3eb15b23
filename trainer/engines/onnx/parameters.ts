import { type GptWeights, type TensorSpec, tensorSize, weightOf } from '../../../model/weights.ts';
import { compileKernels, type Kernels } from './kernels.ts';

/** What is always kept for every learnt number, each a full copy of all of them. */
const ALWAYS = ['weights', 'gradient', 'firstMoment', 'secondMoment'] as const;
/** .. and what only where it is asked for: the running average of the weights; the gradients of a batch's parts, added up. */
type OptionalRole = 'average' | 'accumulated';
export type ParameterRole = (typeof ALWAYS)[number] | OptionalRole;

/** One tensor's place in a copy. */
export interface ParameterSlot {
  readonly name: string;
  readonly shape: readonly number[];
  /** From the start of a copy. */
  readonly byteOffset: number;
  /** Padded to whole cache lines; the padding stays zero. */
  readonly byteLength: number;
}

const FLOAT_BYTES = 4;
const CACHE_LINE_BYTES = 64;
const WASM_PAGE_BYTES = 65536;

/**
 * Weights, gradients, Adam's two moments and what else is asked for, in one WebAssembly memory: ONNX Runtime reads and writes
 * views of it, the kernels update it in place, and nothing of it is ever copied.
 */
export class Parameters {
  readonly slots: readonly ParameterSlot[];
  readonly kernels: Kernels;
  readonly #roles: readonly ParameterRole[];
  readonly #memory: WebAssembly.Memory;
  readonly #copyBytes: number;

  /** @param tensors those that are trained: all of a model, or adapters of it */
  constructor(
    tensors: readonly TensorSpec[],
    weights: GptWeights,
    optional: readonly OptionalRole[] = ['average'],
  ) {
    this.#roles = [...ALWAYS, ...optional];
    let end = 0;
    this.slots = tensors.map((spec) => {
      const byteOffset = end;
      const byteLength = Math.ceil((tensorSize(spec) * FLOAT_BYTES) / CACHE_LINE_BYTES) * CACHE_LINE_BYTES;
      end += byteLength;
      return { ...spec, byteOffset, byteLength };
    });
    this.#copyBytes = end;
    const pages = Math.ceil((this.#roles.length * end) / WASM_PAGE_BYTES);
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.kernels = compileKernels(this.#memory);
    this.restore('weights', weights);
    if (this.has('average')) this.restore('average', weights);
  }

  has(role: ParameterRole): boolean {
    return this.#roles.includes(role);
  }

  /** Byte address of a tensor in one of the copies, for the kernels. */
  address(role: ParameterRole, slot: ParameterSlot): number {
    return this.#roles.indexOf(role) * this.#copyBytes + slot.byteOffset;
  }

  /** A tensor's numbers without the padding; the view stays valid for the life of this object. */
  view(role: ParameterRole, slot: ParameterSlot): Float32Array {
    return new Float32Array(this.#memory.buffer, this.address(role, slot), tensorSize(slot));
  }

  /** All tensors of one copy by name, as views. */
  views(role: ParameterRole): Map<string, Float32Array> {
    return new Map(this.slots.map((slot) => [slot.name, this.view(role, slot)]));
  }

  /** Overwrites one copy. */
  restore(role: ParameterRole, values: GptWeights): void {
    for (const slot of this.slots) this.view(role, slot).set(weightOf(values, slot.name));
  }
}
