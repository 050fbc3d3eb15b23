/**
 * Encodes small WebAssembly modules (https://webassembly.github.io/spec/core/binary/), SIMD included: each instruction
 * is a function from its operands' code to code, so a kernel reads as the formula it computes.
 */
export type Code = readonly number[];

export const VALUE_TYPES = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = keyof typeof VALUE_TYPES;

export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly result?: ValueType;
  readonly body: Code;
}

/** A module that exports `functions` and works in the memory imported as `env.memory`. */
export function encodeWasmModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const signatures = functions.map(({ parameters, result }) => [
    0x60,
    ...vector(parameters.map((type) => [VALUE_TYPES[type]])),
    ...vector(result === undefined ? [] : [[VALUE_TYPES[result]]]),
  ]);
  const memoryImport = [...name('env'), ...name('memory'), 0x02, 0x00, ...unsigned(0)];
  const exported = functions.map((f, index) => [...name(f.name), 0x00, ...unsigned(index)]);
  const bodies = functions.map(({ locals, body }) => {
    const declared = vector(locals.map((type) => [1, VALUE_TYPES[type]]));
    const code = [...declared, ...body, END];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(SECTION.type, vector(signatures)),
    ...section(SECTION.import, vector([memoryImport])),
    ...section(SECTION.function, vector(functions.map((_, index) => unsigned(index)))),
    ...section(SECTION.export, vector(exported)),
    ...section(SECTION.code, vector(bodies)),
  ]);
}

const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 };
const END = 0x0b;
const EMPTY_BLOCK = 0x40;

function unsigned(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

function signed(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  while (rest < -64 || rest > 63) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  return [...bytes, rest & 0x7f];
}

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const name = (text: string): Code => vector([...new TextEncoder().encode(text)].map((byte) => [byte]));
const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];

const simd =
  (opcode: number) =>
  (...operands: readonly Code[]): Code => [...operands.flat(), 0xfd, ...unsigned(opcode)];

export const local = {
  get: (index: number): Code => [0x20, ...unsigned(index)],
  set: (index: number, value: Code): Code => [...value, 0x21, ...unsigned(index)],
};

export const i32 = {
  constant: (value: number): Code => [0x41, ...signed(value | 0)],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  shiftLeft: (a: Code, bits: number): Code => [...a, ...i32.constant(bits), 0x74],
  shiftRight: (a: Code, bits: number): Code => [...a, ...i32.constant(bits), 0x76],
  /** Unsigned a < b. */
  isLess: (a: Code, b: Code): Code => [...a, ...b, 0x49],
  store: (address: Code, value: Code): Code => [...address, ...value, 0x36, 2, 0],
  /** Unsigned a >= b. */
  atLeast: (a: Code, b: Code): Code => [...a, ...b, 0x4f],
};

export const f32 = {
  load: (address: Code): Code => [...address, 0x2a, 2, 0],
  store: (address: Code, value: Code): Code => [...address, ...value, 0x38, 2, 0],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x92],
  multiply: (a: Code, b: Code): Code => [...a, ...b, 0x94],
  divide: (a: Code, b: Code): Code => [...a, ...b, 0x95],
  squareRoot: (a: Code): Code => [...a, 0x91],
  constant: (value: number): Code => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)],
  ofInteger: (a: Code): Code => [...a, 0xb2],
};

export const f64 = {
  add: (a: Code, b: Code): Code => [...a, ...b, 0xa0],
};

/** Reads memory at an address; `ahead` bytes are added to it at no cost. */
const load =
  (opcode: number, alignment: number) =>
  (address: Code, ahead = 0): Code => [...address, 0xfd, opcode, alignment, ...unsigned(ahead)];

export const v128 = {
  /** Sixteen bytes. */
  load: load(0x00, 4),
  /** Eight unsigned bytes, each widened to 16 bits. */
  loadBytesAs16: load(0x02, 3),
  /** Four bytes, in every lane. */
  loadSplat: load(0x09, 2),
  /** Four bytes in the first lane, zeros in the others. */
  loadFirst: load(0x5c, 2),
  store: (address: Code, value: Code, ahead = 0): Code => [
    ...[...address, ...value],
    ...[0xfd, 0x0b, 4, ...unsigned(ahead)],
  ],
  and: simd(0x4e),
  xor: simd(0x51),
  /** Bytes of a (0 to 15) and of b (16 to 31). */
  shuffle: (a: Code, b: Code, bytes: readonly number[]): Code => [...a, ...b, 0xfd, 0x0d, ...bytes],
  zero: (): Code => i32x4.constant([0, 0, 0, 0]),
};

export const i8x16 = {
  /** Of two vectors of eight signed 16-bit numbers, each held within 8 bits. */
  narrow: simd(0x65),
};

export const i16x8 = {
  splat: simd(0x10),
  add: simd(0x8e),
  /** Of two vectors of four, each held within 16 bits. */
  narrow: simd(0x85),
  /**
   * Products of sixteen signed bytes and sixteen from 0 to 127, added in pairs; exact where no sum exceeds 16 bits. Relaxed
   * SIMD: see relaxed-simd.ts.
   */
  dotOfBytes: simd(0x112),
  /** Logical. */
  shiftRight: (a: Code, bits: number): Code => simd(0x8d)(a, i32.constant(bits)),
};

export const i32x4 = {
  constant: (lanes: readonly [number, number, number, number]): Code => [
    ...[0xfd, 0x0c],
    ...new Uint8Array(Int32Array.from(lanes).buffer),
  ],
  splat: simd(0x11),
  add: simd(0xae),
  multiply: simd(0xb5),
  shiftLeft: (a: Code, bits: number): Code => simd(0xab)(a, i32.constant(bits)),
  /** Logical. */
  shiftRight: (a: Code, bits: number): Code => simd(0xad)(a, i32.constant(bits)),
  /** Unsigned a >= b, all bits set where true. */
  atLeast: simd(0x40),
  /** Products of eight signed 16-bit numbers, added in pairs. */
  dotOf16: simd(0xba),
  /** Of floats, towards zero. */
  truncate: simd(0xf8),
  lane: (index: 0 | 1 | 2 | 3, a: Code): Code => [...a, 0xfd, 0x1b, index],
};

export const f32x4 = {
  splat: simd(0x13),
  add: simd(0xe4),
  subtract: simd(0xe5),
  multiply: simd(0xe6),
  divide: simd(0xe7),
  squareRoot: simd(0xe3),
  magnitude: simd(0xe0),
  least: simd(0xea),
  greatest: simd(0xeb),
  /** To the nearest whole number, of two the even one. */
  round: simd(0x6a),
  ofIntegers: simd(0xfa),
  constant: (value: number): Code => f32x4.splat(f32.constant(value)),
  lane: (index: 0 | 1 | 2 | 3, a: Code): Code => [...a, 0xfd, 0x1f, index],
};

export const f64x2 = {
  add: simd(0xf0),
  multiply: simd(0xf2),
  /** The two lower float32 lanes, widened. */
  widenLow: simd(0x5f),
  /** The two upper float32 lanes, widened. */
  widenHigh: (a: Code): Code =>
    f64x2.widenLow(v128.shuffle(a, a, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7])),
  lane: (index: 0 | 1, a: Code): Code => [...a, 0xfd, 0x21, index],
};

/** Runs `body` with local `offset` at 0, 16, 32... while it is below local `byteLength`. */
export const forEachVector = (offset: number, byteLength: number, body: Code): Code => [
  ...[0x02, EMPTY_BLOCK, 0x03, EMPTY_BLOCK],
  ...[...i32.atLeast(local.get(offset), local.get(byteLength)), 0x0d, 1],
  ...body,
  ...local.set(offset, i32.add(local.get(offset), i32.constant(16))),
  ...[0x0c, 0, END, END],
];

/** Runs `body`, then adds `step` to local `counter`, and again while that is below local `end`: once at least. */
export const repeat = (counter: number, step: number, end: number, body: Code): Code => [
  ...[0x03, EMPTY_BLOCK],
  ...body,
  ...local.set(counter, i32.add(local.get(counter), i32.constant(step))),
  ...[...i32.isLess(local.get(counter), local.get(end)), 0x0d, 0, END],
];
