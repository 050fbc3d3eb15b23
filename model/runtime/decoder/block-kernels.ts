import { type BlockBits, zeroCode } from '../../quantize/blocks.ts';
import {
  type Code,
  f32,
  f32x4,
  i8x16,
  i16x8,
  i32,
  i32x4,
  local,
  repeat,
  v128,
  type WasmFunction,
} from '../../wasm/encoder.ts';
import { greatestLane, sumIntegerLanes, sumLanes } from './lanes.ts';

const FLOAT_BYTES = 4;
const VECTOR_BYTES = 16;
/** Numbers that are read in one go; it divides every block. */
const STRIDE = 32;
const LANES_OF_16 = 8;
/** Vectors of 16-bit numbers in a stride. */
const PARTS = [0, 1, 2, 3] as const;
const INT8_MAX = 127;
/** What a block of zeros is divided by. */
const SMALLEST_MAGNITUDE = 1e-30;

/** Adds to a pointer. */
const advance = (pointer: number, by: Code): Code => local.set(pointer, i32.add(local.get(pointer), by));

/** Codes are unsigned: sum((code - zero) x) = sum(code x) - zero sum(x), and the second term is all rows' of a matrix. */
export function roundBlocksFunction(bits: BlockBits): WasmFunction {
  const [x, blockBytes, rounded, scales, scalesEnd, offsets] = [0, 1, 2, 3, 4, 5];
  const [next, blockEnd, greatest, perScale, sum, part] = [6, 7, 8, 9, 10, 11];
  const integers = (ahead: number): Code =>
    i32x4.truncate(f32x4.round(f32x4.multiply(v128.load(local.get(next), ahead), local.get(perScale))));
  const minusZero = i16x8.splat(i32.constant(-zeroCode(bits)));
  const parts = PARTS.map((i) => local.get(part + i));
  const written = bits === 8 ? parts : inOrderOfNibbles(parts);
  const writtenBytes = written.length * VECTOR_BYTES;
  return {
    name: `roundBlocks${bits}`,
    parameters: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    locals: ['i32', 'i32', 'v128', 'v128', 'v128', ...PARTS.map(() => 'v128' as const)],
    body: [
      ...local.set(next, local.get(x)),
      ...repeat(scales, FLOAT_BYTES, scalesEnd, [
        ...local.set(blockEnd, i32.add(local.get(x), local.get(blockBytes))),
        ...local.set(greatest, f32x4.constant(SMALLEST_MAGNITUDE)),
        ...repeat(
          x,
          VECTOR_BYTES,
          blockEnd,
          local.set(greatest, f32x4.greatest(local.get(greatest), f32x4.magnitude(v128.load(local.get(x))))),
        ),
        ...greatestLane(greatest),
        ...local.set(perScale, f32x4.divide(f32x4.constant(INT8_MAX), local.get(greatest))),
        ...f32.store(
          local.get(scales),
          f32.divide(f32x4.lane(0, local.get(greatest)), f32.constant(INT8_MAX)),
        ),
        ...local.set(sum, v128.zero()),
        ...repeat(next, STRIDE * FLOAT_BYTES, blockEnd, [
          ...PARTS.flatMap((i) => {
            const ahead = i * LANES_OF_16 * FLOAT_BYTES;
            return [
              ...local.set(part + i, i16x8.narrow(integers(ahead), integers(ahead + VECTOR_BYTES))),
              ...local.set(sum, i32x4.add(local.get(sum), i32x4.dotOf16(parts[i]!, minusZero))),
            ];
          }),
          ...written.flatMap((integers, i) => v128.store(local.get(rounded), integers, i * VECTOR_BYTES)),
          ...advance(rounded, i32.constant(writtenBytes)),
        ]),
        ...sumIntegerLanes(sum),
        ...i32.store(local.get(offsets), i32x4.lane(0, local.get(sum))),
        ...advance(offsets, i32.constant(FLOAT_BYTES)),
      ]),
    ],
  };
}

/** As bytes, numbers 0, 2, .. 30 of 32 come first, then 1, 3, .. 31: the lower nibbles' and the upper ones'. */
const inOrderOfNibbles = ([a, b, c, d]: readonly Code[]): Code[] => {
  const [first, second] = [i8x16.narrow(a!, b!), i8x16.narrow(c!, d!)];
  return [0, 1].map((nibble) =>
    v128.shuffle(
      first,
      second,
      EVEN_BYTES.map((byte) => byte + nibble),
    ),
  );
};

const EVEN_BYTES = Array.from({ length: VECTOR_BYTES }, (_, i) => 2 * i);

/** Of the rows that are read at once, far apart: two streams of memory share what is read of the vector. */
const STREAMS = [0, 1] as const;

export function addBlockProductFunction(bits: BlockBits): WasmFunction {
  const [rounded, scales, offsets, blocksBytes, codesBytes, yEnd] = [0, 1, 2, 3, 4, 5];
  const [codes, codeScales, y] = [6, 8, 10];
  const [block, blockEnd, integers, sum, total, constant, working] = [12, 13, 14, 15, 17, 19, 20];
  const format = bits === 8 ? bytes(sum, working) : nibbles(sum, constant, working);
  const atBlock = (pointer: number): Code => i32.add(local.get(pointer), local.get(block));
  const addBlock = (stream: number): Code => {
    const scale = f32x4.multiply(
      v128.loadSplat(atBlock(scales)),
      v128.loadSplat(atBlock(codeScales + stream)),
    );
    const product = f32x4.multiply(f32x4.ofIntegers(format.ofBlock(stream, atBlock(offsets))), scale);
    return local.set(total + stream, f32x4.add(local.get(total + stream), product));
  };
  const addRow = (stream: number): Code => [
    ...sumLanes(total + stream),
    ...f32.store(
      local.get(y + stream),
      f32.add(f32.load(local.get(y + stream)), f32x4.lane(0, local.get(total + stream))),
    ),
    ...advance(codeScales + stream, local.get(blocksBytes)),
  ];
  const strideBytes = (STRIDE * bits) / 8;
  return {
    name: `addBlockProduct${bits}`,
    parameters: Array.from({ length: 12 }, () => 'i32' as const),
    locals: ['i32', 'i32', 'i32', ...Array.from({ length: 9 }, () => 'v128' as const)],
    body: [
      ...format.prepare,
      ...repeat(y, FLOAT_BYTES, yEnd, [
        ...STREAMS.flatMap((stream) => local.set(total + stream, v128.zero())),
        ...local.set(integers, local.get(rounded)),
        ...local.set(block, i32.constant(0)),
        ...repeat(block, FLOAT_BYTES, blocksBytes, [
          ...local.set(blockEnd, i32.add(local.get(codes), local.get(codesBytes))),
          ...STREAMS.flatMap((stream) => local.set(sum + stream, v128.zero())),
          ...repeat(codes, strideBytes, blockEnd, [
            ...format.loadIntegers(integers),
            ...STREAMS.flatMap((stream) => format.addStride(stream, codes + stream)),
            ...advance(codes + 1, i32.constant(strideBytes)),
            ...advance(integers, i32.constant(format.integersBytes)),
          ]),
          ...STREAMS.flatMap(addBlock),
        ]),
        ...STREAMS.flatMap(addRow),
        ...advance(y + 1, i32.constant(FLOAT_BYTES)),
      ]),
    ],
  };
}

/** How a stride of codes is multiplied. */
interface CodeFormat {
  /** Before everything. */
  readonly prepare: Code;
  /** Of the vector's integers in a stride. */
  readonly integersBytes: number;
  readonly loadIntegers: (pointer: number) => Code;
  readonly addStride: (stream: number, codes: number) => Code;
  /** The block's sum in four lanes of 32 bits; at `offset` is what is added to it. */
  readonly ofBlock: (stream: number, offset: Code) => Code;
}

/** Widened to 16 bits and summed in 32. `integers` are four vectors to work with. */
function bytes(sum: number, integers: number): CodeFormat {
  return {
    prepare: [],
    integersBytes: PARTS.length * VECTOR_BYTES,
    loadIntegers: (pointer) =>
      PARTS.flatMap((i) => local.set(integers + i, v128.load(local.get(pointer), i * VECTOR_BYTES))),
    addStride: (stream, codes) =>
      local.set(
        sum + stream,
        PARTS.reduce<Code>(
          (all, i) => {
            const widened = v128.loadBytesAs16(local.get(codes), i * LANES_OF_16);
            return i32x4.add(all, i32x4.dotOf16(widened, local.get(integers + i)));
          },
          local.get(sum + stream),
        ),
      ),
    ofBlock: (stream, offset) => i32x4.add(local.get(sum + stream), v128.loadFirst(offset)),
  };
}

/**
 * Summed in 16 bits: the longest block, of 128, adds to each lane 16 products of at most 15 x 127. `working` are three vectors
 * to work with, `mask` is one that stays.
 */
function nibbles(sum: number, mask: number, working: number): CodeFormat {
  const [even, odd, word] = [working, working + 1, working + 2];
  const add = (stream: number, integers: number, codes: Code): Code =>
    local.set(
      sum + stream,
      i16x8.add(
        local.get(sum + stream),
        i16x8.dotOfBytes(local.get(integers), v128.and(codes, local.get(mask))),
      ),
    );
  return {
    prepare: local.set(mask, i16x8.splat(i32.constant(0x0f0f))),
    integersBytes: 2 * VECTOR_BYTES,
    loadIntegers: (pointer) =>
      [even, odd].flatMap((vector, i) => local.set(vector, v128.load(local.get(pointer), i * VECTOR_BYTES))),
    addStride: (stream, codes) => [
      ...local.set(word, v128.load(local.get(codes))),
      ...add(stream, even, local.get(word)),
      ...add(stream, odd, i16x8.shiftRight(local.get(word), 4)),
    ],
    ofBlock: (stream, offset) =>
      i32x4.add(i32x4.dotOf16(local.get(sum + stream), ONES), v128.loadFirst(offset)),
  };
}

const ONES = i16x8.splat(i32.constant(1));
