import { type BlockBits, zeroCode } from '../../quantize/blocks.ts';
import {
  type Code,
  f32,
  f32x4,
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

const INTEGERS_BYTES = PARTS.length * VECTOR_BYTES;

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
          ...PARTS.flatMap((i) => v128.store(local.get(rounded), written[i]!, i * VECTOR_BYTES)),
          ...advance(rounded, i32.constant(INTEGERS_BYTES)),
        ]),
        ...sumIntegerLanes(sum),
        ...i32.store(local.get(offsets), i32x4.lane(0, local.get(sum))),
        ...advance(offsets, i32.constant(FLOAT_BYTES)),
      ]),
    ],
  };
}

/** Numbers 0, 4, .. 28 of 32 come first, then 1, 5, .. 29: one nibble of each 16 bits goes with eight that are four apart. */
const inOrderOfNibbles = ([a, b, c, d]: readonly Code[]): Code[] =>
  PARTS.map((nibble) => {
    const fourApart = lanesOf16([0, 4, 8, 12, 0, 4, 8, 12].map((lane) => lane + nibble));
    return v128.shuffle(v128.shuffle(a!, b!, fourApart), v128.shuffle(c!, d!, fourApart), LOWER_HALVES);
  });

const lanesOf16 = (lanes: readonly number[]): number[] => lanes.flatMap((lane) => [2 * lane, 2 * lane + 1]);
const LOWER_HALVES = lanesOf16([0, 1, 2, 3, 8, 9, 10, 11]);

/** Of the rows that are read at once, far apart: two streams of memory share what is read of the vector. */
const STREAMS = [0, 1] as const;

export function addBlockProductFunction(bits: BlockBits): WasmFunction {
  const [rounded, scales, offsets, blocksBytes, codesBytes, yEnd] = [0, 1, 2, 3, 4, 5];
  const [codes, codeScales, y] = [6, 8, 10];
  const [block, blockEnd, integers, sum, total, x, word, mask] = [12, 13, 14, 15, 17, 19, 23, 24];
  const atBlock = (pointer: number): Code => i32.add(local.get(pointer), local.get(block));
  const codesOf = (stream: number, i: number): Code =>
    bits === 8
      ? v128.loadBytesAs16(local.get(codes + stream), i * LANES_OF_16)
      : v128.and(i16x8.shiftRight(local.get(word), 4 * i), local.get(mask));
  const addStride = (stream: number): Code => [
    ...(bits === 4 ? local.set(word, v128.load(local.get(codes + stream))) : []),
    ...local.set(
      sum + stream,
      PARTS.reduce<Code>(
        (all, i) => i32x4.add(all, i32x4.dotOf16(codesOf(stream, i), local.get(x + i))),
        local.get(sum + stream),
      ),
    ),
  ];
  const addBlock = (stream: number): Code => {
    const scale = f32x4.multiply(
      v128.loadSplat(atBlock(scales)),
      v128.loadSplat(atBlock(codeScales + stream)),
    );
    const product = f32x4.multiply(f32x4.ofIntegers(local.get(sum + stream)), scale);
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
    locals: ['i32', 'i32', 'i32', ...Array.from({ length: 10 }, () => 'v128' as const)],
    body: [
      ...local.set(mask, i16x8.splat(i32.constant(0x0f))),
      ...repeat(y, FLOAT_BYTES, yEnd, [
        ...STREAMS.flatMap((stream) => local.set(total + stream, v128.zero())),
        ...local.set(integers, local.get(rounded)),
        ...local.set(block, i32.constant(0)),
        ...repeat(block, FLOAT_BYTES, blocksBytes, [
          ...local.set(blockEnd, i32.add(local.get(codes), local.get(codesBytes))),
          ...STREAMS.flatMap((stream) => local.set(sum + stream, v128.loadFirst(atBlock(offsets)))),
          ...repeat(codes, strideBytes, blockEnd, [
            ...PARTS.flatMap((i) => local.set(x + i, v128.load(local.get(integers), i * VECTOR_BYTES))),
            ...STREAMS.flatMap(addStride),
            ...advance(codes + 1, i32.constant(strideBytes)),
            ...advance(integers, i32.constant(INTEGERS_BYTES)),
          ]),
          ...STREAMS.flatMap(addBlock),
        ]),
        ...STREAMS.flatMap(addRow),
        ...advance(y + 1, i32.constant(FLOAT_BYTES)),
      ]),
    ],
  };
}
