import { compileKernels, type Kernels } from './kernels.ts';

const WASM_PAGE_BYTES = 65536;
/** Four gigabytes, of which only what is allocated is ever held. */
const MOST_PAGES = 65536;
const CACHE_LINE_BYTES = 64;
export const FLOAT_BYTES = 4;

/** The linear memory of one decoder with its kernels. What is allocated stays until all of it goes. */
export class DecoderMemory {
  readonly #memory = new WebAssembly.Memory({ initial: 0, maximum: MOST_PAGES });
  readonly kernels: Kernels = compileKernels(this.#memory);
  #end = 0;

  /** @returns the address of zeros, at the beginning of a cache line; views that were taken before are void */
  allocate(byteLength: number): number {
    const address = this.#end;
    this.#end = roundUp(address + byteLength, CACHE_LINE_BYTES);
    const missing = this.#end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / WASM_PAGE_BYTES));
    return address;
  }

  allocateFloats(count: number): number {
    return this.allocate(count * FLOAT_BYTES);
  }

  /** @returns the address of a copy */
  store(bytes: Uint8Array): number {
    const address = this.allocate(bytes.length);
    this.bytes(address, bytes.length).set(bytes);
    return address;
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  bytes(address: number, byteLength: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, byteLength);
  }
}

export const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;
