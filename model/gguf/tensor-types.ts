import { halfBits, toHalf } from '../half.ts';

/**
 * How ggml stores the numbers of a tensor. The quantised types cut each row into blocks of 32 which share one scale:
 *
 * | type | one block | bytes | value |
 * |---|---|---|---|
 * | `q8_0` | float16 `d`, int8 `q[32]` | 34 | `d q[i]` |
 * | `q4_0` | float16 `d`, 16 bytes of two numbers each: `q[i]` low and `q[i + 16]` high | 18 | `d (q[i] - 8)` |
 *
 * Layout: `block_q8_0` and `block_q4_0` in https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h. Scales and
 * rounding are those of its reference quantisers, so that a file is what llama.cpp would have made of the weights.
 */
export interface TensorType {
  readonly name: TensorTypeName;
  /** In ggml's `enum ggml_type`. */
  readonly id: number;
  /** Rows are a multiple of this; 1 where numbers stand alone. */
  readonly blockLength: number;
  readonly blockBytes: number;
  /** Row-major numbers as bytes; whole blocks only. */
  readonly encode: (values: Float32Array) => Uint8Array;
}

export type TensorTypeName = 'f32' | 'f16' | 'q8_0' | 'q4_0';

const BLOCK_LENGTH = 32;
const SCALE_BYTES = 2;

export const TENSOR_TYPES: Readonly<Record<TensorTypeName, TensorType>> = {
  f32: { name: 'f32', id: 0, blockLength: 1, blockBytes: 4, encode: bytesOf },
  f16: { name: 'f16', id: 1, blockLength: 1, blockBytes: 2, encode: (values) => bytesOf(toHalf(values)) },
  q8_0: { name: 'q8_0', id: 8, ...inBlocks(BLOCK_LENGTH, q8Block) },
  q4_0: { name: 'q4_0', id: 2, ...inBlocks(BLOCK_LENGTH / 2, q4Block) },
};

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Writes one block's numbers into `out`, and returns its scale, not yet rounded to float16. */
type BlockQuantiser = (block: Float32Array, out: Uint8Array) => number;

/** Each block is its scale, then `numberBytes` of numbers. */
function inBlocks(
  numberBytes: number,
  quantise: BlockQuantiser,
): Pick<TensorType, 'blockLength' | 'blockBytes' | 'encode'> {
  const blockBytes = SCALE_BYTES + numberBytes;
  const encode = (values: Float32Array): Uint8Array => {
    const blocks = values.length / BLOCK_LENGTH;
    const bytes = new Uint8Array(blocks * blockBytes);
    const scales = new DataView(bytes.buffer);
    for (let b = 0; b < blocks; b++) {
      const numbers = bytes.subarray(b * blockBytes + SCALE_BYTES, (b + 1) * blockBytes);
      const scale = quantise(values.subarray(b * BLOCK_LENGTH, (b + 1) * BLOCK_LENGTH), numbers);
      scales.setUint16(b * blockBytes, halfBits(scale), true);
    }
    return bytes;
  };
  return { blockLength: BLOCK_LENGTH, blockBytes, encode };
}

/** Symmetric: the largest magnitude becomes 127. Numbers are divided by the scale as it is before rounding, in both types. */
function q8Block(block: Float32Array, out: Uint8Array): number {
  const scale = Math.fround(Math.abs(largest(block)) / 127);
  const inverse = reciprocal(scale);
  for (let i = 0; i < BLOCK_LENGTH; i++) out[i] = roundedAway(Math.fround(block[i]! * inverse));
  return scale;
}

/** Sixteen levels from -8 to 7: the number of largest magnitude becomes -8, so that no level is lost at its end. */
function q4Block(block: Float32Array, out: Uint8Array): number {
  const scale = Math.fround(largest(block) / -8);
  const inverse = reciprocal(scale);
  const level = (value: number): number =>
    Math.min(15, Math.trunc(Math.fround(Math.fround(value * inverse) + 8.5)));
  const half = BLOCK_LENGTH / 2;
  for (let i = 0; i < half; i++) out[i] = level(block[i]!) | (level(block[i + half]!) << 4);
  return scale;
}

const reciprocal = (scale: number): number => (scale === 0 ? 0 : Math.fround(1 / scale));

/** The number of largest magnitude, with its sign. */
function largest(block: Float32Array): number {
  let best = 0;
  for (let i = 0; i < BLOCK_LENGTH; i++) if (Math.abs(block[i]!) > Math.abs(best)) best = block[i]!;
  return best;
}

/** To the nearest whole number, halves away from zero: C's `roundf`. */
const roundedAway = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));
