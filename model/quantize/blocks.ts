/** Bits of a code; the code that stands for zero is half of the range. */
export type BlockBits = 4 | 8;

/** A matrix (rows, columns) whose rows are cut into blocks, each with a scale of its own: value = (code - zero) * scale. */
export interface BlockMatrix {
  readonly bits: BlockBits;
  readonly rows: number;
  readonly columns: number;
  /** Columns in a block. */
  readonly block: number;
  /** (rows, columns * bits / 8), two 4-bit codes in a byte, the low one first. */
  readonly codes: Uint8Array;
  /** (rows, columns / block). */
  readonly scales: Float32Array;
}

const BLOCKS = [128, 64, 32] as const;

/** The largest block that divides a row. */
export function blockOf(columns: number): number {
  const block = BLOCKS.find((size) => columns % size === 0);
  if (block === undefined) throw new RangeError(`no block of ${BLOCKS} divides ${columns} columns`);
  return block;
}

/** Code of zero. */
export const zeroCode = (bits: BlockBits): number => 2 ** (bits - 1);

/** @param values row-major (rows, columns) */
export function quantizeBlocks(
  values: Float32Array,
  rows: number,
  columns: number,
  bits: BlockBits,
): BlockMatrix {
  const block = blockOf(columns);
  const scales = new Float32Array(values.length / block);
  const wide = new Uint8Array(values.length);
  for (let i = 0; i < scales.length; i++) {
    const range = [i * block, (i + 1) * block] as const;
    const part = values.subarray(...range);
    scales[i] = bits === 4 ? searchedScale(part, bits) : extremeScale(part, bits);
    encode(part, scales[i]!, bits, wide.subarray(...range));
  }
  return { bits, rows, columns, block, codes: bits === 8 ? wide : packNibbles(wide), scales };
}

/** The matrix as floats again, row-major (rows, columns). */
export function dequantizeBlocks({ bits, rows, columns, block, codes, scales }: BlockMatrix): Float32Array {
  const zero = zeroCode(bits);
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const code = bits === 8 ? codes[i]! : (codes[i >> 1]! >> (4 * (i & 1))) & 15;
    return (code - zero) * scales[Math.floor(i / block)]!;
  });
}

/** The value of greatest magnitude takes the lowest code, which is farther from zero than the highest. */
const extremeScale = (part: Float32Array, bits: BlockBits): number =>
  part.reduce((extreme, value) => (Math.abs(value) > Math.abs(extreme) ? value : extreme), 0) /
  -zeroCode(bits);

/** Tried as parts of the extreme's scale: with few codes it pays to clip the extreme, or to leave the lowest code free. */
const SCALE_FACTORS = Array.from({ length: 11 }, (_, i) => 0.75 + 0.05 * i);

/** Among factors of the extreme's scale, each bettered by least squares for its own codes, the one with the least error. */
function searchedScale(part: Float32Array, bits: BlockBits): number {
  const extreme = extremeScale(part, bits);
  if (extreme === 0) return 0;
  const zero = zeroCode(bits);
  let best = extreme;
  let mostExplained = 0;
  for (const factor of SCALE_FACTORS) {
    const perScale = 1 / (extreme * factor);
    let product = 0;
    let square = 0;
    for (let i = 0; i < part.length; i++) {
      const code = Math.max(-zero, Math.min(zero - 1, Math.round(part[i]! * perScale)));
      product += code * part[i]!;
      square += code * code;
    }
    const explained = (product * product) / square;
    if (explained > mostExplained) {
      mostExplained = explained;
      best = product / square;
    }
  }
  return best;
}

function encode(part: Float32Array, scale: number, bits: BlockBits, codes: Uint8Array): void {
  const zero = zeroCode(bits);
  const perScale = scale === 0 ? 0 : 1 / scale;
  for (let i = 0; i < part.length; i++) {
    codes[i] = zero + Math.max(-zero, Math.min(zero - 1, Math.round(part[i]! * perScale)));
  }
}

function packNibbles(codes: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: codes.length / 2 }, (_, i) => codes[2 * i]! | (codes[2 * i + 1]! << 4));
}
