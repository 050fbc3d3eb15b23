import {
  type Code,
  encodeWasmModule,
  f32x4,
  f64,
  f64x2,
  forEachVector,
  i32,
  i32x4,
  local,
  v128,
} from '../../../model/wasm/encoder.ts';

/** Sizes and addresses are multiples of this: kernels have no tail loop. */
export const VECTOR_BYTES = 16;

/** Kernels over one linear memory. Addresses and lengths are in bytes, multiples of `VECTOR_BYTES`. */
export interface Kernels {
  /** Sum of squares of float32 values, added up in float64. */
  squaredNorm(address: number, byteLength: number): number;
  /** average += rate * (values - average), elementwise. */
  lerp(average: number, values: number, byteLength: number, rate: number): void;
  /**
   * One AdamW step (Loshchilov & Hutter, 2019, algorithm 2) over one tensor, with g = gradientScale * gradient:
   *
   *     m += (1 - beta1) (g - m);   v += (1 - beta2) (g^2 - v)
   *     w = keep w - stepSize m / (sqrt(v) secondCorrection + epsilon)
   */
  adamw(
    weights: number,
    gradient: number,
    firstMoment: number,
    secondMoment: number,
    byteLength: number,
    gradientScale: number,
    oneMinusBeta1: number,
    oneMinusBeta2: number,
    stepSize: number,
    secondCorrection: number,
    epsilon: number,
    keep: number,
  ): void;
  /**
   * Writes float32 values which are 0 with probability threshold / 2^32, else `kept`. Element i takes a hash of i and the
   * two keys, so a mask is a pure function of its arguments.
   */
  dropoutMask(
    address: number,
    byteLength: number,
    key0: number,
    key1: number,
    threshold: number,
    kept: number,
  ): void;
}

/** Compiled from the formulas below; takes well under a millisecond. */
export function compileKernels(memory: WebAssembly.Memory): Kernels {
  const module = new WebAssembly.Module(
    encodeWasmModule([squaredNormFunction(), lerpFunction(), adamwFunction(), dropoutMaskFunction()]),
  );
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as Kernels;
}

function squaredNormFunction() {
  const [address, byteLength, offset, values, sum] = [0, 1, 2, 3, 4];
  const square = (x: Code) => f64x2.multiply(x, x);
  const addTo = (x: Code) => local.set(sum, f64x2.add(local.get(sum), x));
  return {
    name: 'squaredNorm',
    parameters: ['i32', 'i32'],
    locals: ['i32', 'v128', 'v128'],
    result: 'f64',
    body: [
      ...forEachVector(offset, byteLength, [
        ...local.set(values, v128.load(i32.add(local.get(address), local.get(offset)))),
        ...addTo(square(f64x2.widenLow(local.get(values)))),
        ...addTo(square(f64x2.widenHigh(local.get(values)))),
      ]),
      ...f64.add(f64x2.lane(0, local.get(sum)), f64x2.lane(1, local.get(sum))),
    ],
  } as const;
}

function lerpFunction() {
  const [average, values, byteLength, rate, offset, old] = [0, 1, 2, 3, 4, 5];
  const at = (pointer: number) => i32.add(local.get(pointer), local.get(offset));
  const step = f32x4.multiply(
    f32x4.splat(local.get(rate)),
    f32x4.subtract(v128.load(at(values)), local.get(old)),
  );
  return {
    name: 'lerp',
    parameters: ['i32', 'i32', 'i32', 'f32'],
    locals: ['i32', 'v128'],
    body: forEachVector(offset, byteLength, [
      ...local.set(old, v128.load(at(average))),
      ...v128.store(at(average), f32x4.add(local.get(old), step)),
    ]),
  } as const;
}

function adamwFunction() {
  const [weights, gradient, firstMoment, secondMoment, byteLength] = [0, 1, 2, 3, 4];
  const [gradientScale, oneMinusBeta1, oneMinusBeta2] = [5, 6, 7];
  const [stepSize, secondCorrection, epsilon, keep] = [8, 9, 10, 11];
  const [offset, g, m, v] = [12, 13, 14, 15];
  const at = (pointer: number) => i32.add(local.get(pointer), local.get(offset));
  const all = (scalar: number) => f32x4.splat(local.get(scalar));
  const towards = (old: Code, target: Code, rate: number) =>
    f32x4.add(old, f32x4.multiply(all(rate), f32x4.subtract(target, old)));
  const [G, M, V] = [local.get(g), local.get(m), local.get(v)];
  const denominator = f32x4.add(f32x4.multiply(f32x4.squareRoot(V), all(secondCorrection)), all(epsilon));
  return {
    name: 'adamw',
    parameters: ['i32', 'i32', 'i32', 'i32', 'i32', 'f32', 'f32', 'f32', 'f32', 'f32', 'f32', 'f32'],
    locals: ['i32', 'v128', 'v128', 'v128'],
    body: forEachVector(offset, byteLength, [
      ...local.set(g, f32x4.multiply(all(gradientScale), v128.load(at(gradient)))),
      ...local.set(m, towards(v128.load(at(firstMoment)), G, oneMinusBeta1)),
      ...local.set(v, towards(v128.load(at(secondMoment)), f32x4.multiply(G, G), oneMinusBeta2)),
      ...v128.store(at(firstMoment), M),
      ...v128.store(at(secondMoment), V),
      ...v128.store(
        at(weights),
        f32x4.subtract(
          f32x4.multiply(all(keep), v128.load(at(weights))),
          f32x4.divide(f32x4.multiply(all(stepSize), M), denominator),
        ),
      ),
    ]),
  } as const;
}

function dropoutMaskFunction() {
  const [address, byteLength, key0, key1, threshold, kept, offset, hash] = [0, 1, 2, 3, 4, 5, 6, 7];
  const all = (scalar: number) => i32x4.splat(local.get(scalar));
  const index = i32x4.add(i32x4.splat(i32.shiftRight(local.get(offset), 2)), i32x4.constant([0, 1, 2, 3]));
  const H = local.get(hash);
  const foldDown = (bits: number) => local.set(hash, v128.xor(H, i32x4.shiftRight(H, bits)));
  const multiplyBy = (odd: number) => local.set(hash, i32x4.multiply(H, i32x4.splat(i32.constant(odd))));
  // A 32-bit mixer of low bias found by search (Wellons, https://github.com/skeeto/hash-prospector).
  const mix = [
    ...foldDown(16),
    ...multiplyBy(0x21f0aaad),
    ...foldDown(15),
    ...multiplyBy(0xd35a2d97),
    ...foldDown(15),
  ];
  return {
    name: 'dropoutMask',
    parameters: ['i32', 'i32', 'i32', 'i32', 'i32', 'f32'],
    locals: ['i32', 'v128'],
    body: forEachVector(offset, byteLength, [
      ...local.set(hash, v128.xor(index, all(key0))),
      ...mix,
      ...local.set(hash, v128.xor(H, all(key1))),
      ...mix,
      ...v128.store(
        i32.add(local.get(address), local.get(offset)),
        v128.and(i32x4.atLeast(H, all(threshold)), f32x4.splat(local.get(kept))),
      ),
    ]),
  } as const;
}
