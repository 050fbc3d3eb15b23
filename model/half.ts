/**
 * Sixteen-bit floats, kept as their bits (Node 20 has no Float16Array). Formats: IEEE 754-2008 binary16, 1 sign,
 * 5 exponent and 10 fraction bits; bfloat16, the upper half of a binary32.
 */

/** One float32, and its bits. */
const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** The binary16 nearest to a number, ties to even; what is too large becomes infinity. */
export function halfBits(value: number): number {
  single[0] = value;
  const bits = singleBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > SINGLE_INFINITY) return sign | 0x7e00; // not a number
  if (magnitude >= HALF_OVERFLOW) return sign | 0x7c00;
  if (magnitude < HALF_SMALLEST_NORMAL) return sign | roundedToEven(Math.abs(value) * 2 ** 24);
  // Re-bias the exponent from 127 to 15, and round the 13 fraction bits away. A carry runs into the exponent, as it should.
  const rebiased = magnitude - ((127 - 15) << 23);
  return sign | ((rebiased + 0x0fff + ((rebiased >>> 13) & 1)) >>> 13);
}

/** The number a binary16 stands for. */
export function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** A float32 array as binary16. */
export function toHalf(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length); // filled in a loop: `Uint16Array.from` takes twenty times as long
  for (let i = 0; i < values.length; i++) halves[i] = halfBits(values[i]!);
  return halves;
}

/** A binary16 array as float32, exactly. */
export function fromHalf(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = halfValue(halves[i]!);
  return values;
}

/** A bfloat16 array as float32, exactly. */
export function fromBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

const SINGLE_INFINITY = 0x7f800000;
/** 65520, half way from the largest binary16 to what would be the next. */
const HALF_OVERFLOW = 0x477ff000;
/** 2^-14. */
const HALF_SMALLEST_NORMAL = 0x38800000;

/** Of a number from 0 to 1024. */
function roundedToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
