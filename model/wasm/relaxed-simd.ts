import { setFlagsFromString } from 'node:v8';
import { encodeWasmModule, i16x8, v128 } from './encoder.ts';

/**
 * Lets modules with relaxed SIMD (https://github.com/WebAssembly/relaxed-simd) be compiled in this process: Node 20 knows its
 * instructions and keeps them behind a flag, which may be set while running; from Node 22 on they are there.
 */
export function allowRelaxedSimd(): void {
  if (!WebAssembly.validate(PROBE)) setFlagsFromString('--experimental-wasm-relaxed-simd');
}

const PROBE = encodeWasmModule([
  {
    name: 'probe',
    parameters: [],
    locals: [],
    result: 'v128',
    body: i16x8.dotOfBytes(v128.zero(), v128.zero()),
  },
]);
