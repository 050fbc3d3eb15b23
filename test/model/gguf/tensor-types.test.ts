import { describe, expect, it } from 'vitest';
import { TENSOR_TYPES } from '../../../model/gguf/tensor-types.ts';
import { halfValue } from '../../../model/half.ts';
import { RandomStream } from '../../../model/random.ts';

/** 32 numbers, of which only some are given. */
const block = (values: Readonly<Record<number, number>>): Float32Array => {
  const all = new Float32Array(32);
  for (const [i, value] of Object.entries(values)) all[Number(i)] = value;
  return all;
};

const random = RandomStream.seeded(3).fork('blocks');
const normals = Float32Array.from({ length: 32 * 50 }, () => random.normal());

describe('f32 and f16', () => {
  it('are little-endian numbers', () => {
    expect([...TENSOR_TYPES.f32.encode(Float32Array.of(1))]).toEqual([0, 0, 0x80, 0x3f]);
    expect([...TENSOR_TYPES.f16.encode(Float32Array.of(1, -2))]).toEqual([0, 0x3c, 0, 0xc0]);
  });
});

describe('q8_0', () => {
  it('is a scale and 32 signed bytes', () => {
    // 254 is the largest: the scale is 2, float16 0x4000. Halves go away from zero.
    const bytes = TENSOR_TYPES.q8_0.encode(block({ 0: -254, 1: 5, 2: -5, 31: 100 }));
    expect(bytes.length).toBe(34);
    expect([...bytes.subarray(0, 5)]).toEqual([0x00, 0x40, 0x81, 3, 0xfd]);
    expect(bytes[33]).toBe(50);
  });

  it('errs by half a step at most, but for the rounding of the scale', () => {
    const bytes = TENSOR_TYPES.q8_0.encode(normals);
    const view = new DataView(bytes.buffer);
    for (const [i, value] of normals.entries()) {
      const start = Math.floor(i / 32) * 34;
      const scale = halfValue(view.getUint16(start, true));
      const decoded = scale * view.getInt8(start + 2 + (i % 32));
      expect(Math.abs(decoded - value)).toBeLessThan(0.5 * scale + 127 * scale * 2 ** -11);
    }
  });
});

describe('q4_0', () => {
  it('is a scale and 16 bytes of two levels: number i low, number i + 16 high', () => {
    // 16 is the largest: the scale is -2 (0xc000), and 16 has level 0, that is -8.
    const bytes = TENSOR_TYPES.q4_0.encode(block({ 0: 16, 16: 2, 1: -14, 17: -16, 15: 1.5 }));
    expect(bytes.length).toBe(18);
    expect([...bytes.subarray(0, 4)]).toEqual([0x00, 0xc0, 0 | (7 << 4), 15 | (15 << 4)]);
    expect(bytes[17]).toBe(7 | (8 << 4));
  });

  it('errs by half a step at most, a whole one at the end opposite to the largest', () => {
    const bytes = TENSOR_TYPES.q4_0.encode(normals);
    const view = new DataView(bytes.buffer);
    for (const [i, value] of normals.entries()) {
      const start = Math.floor(i / 32) * 18;
      const scale = halfValue(view.getUint16(start, true));
      const inBlock = i % 32;
      const level = (bytes[start + 2 + (inBlock % 16)]! >> (inBlock < 16 ? 0 : 4)) & 15;
      const atTheEnd = value / scale > 7;
      const allowed = (atTheEnd ? 1 : 0.5) * Math.abs(scale) + 8 * Math.abs(scale) * 2 ** -11;
      expect(Math.abs((level - 8) * scale - value)).toBeLessThanOrEqual(allowed);
    }
  });
});

describe('a block of zeros', () => {
  it('stays zeros', () => {
    expect([...TENSOR_TYPES.q8_0.encode(new Float32Array(32))]).toEqual(new Array(34).fill(0));
    const [low, high, ...levels] = TENSOR_TYPES.q4_0.encode(new Float32Array(32));
    expect(halfValue(low! | (high! << 8))).toBeCloseTo(0, 10);
    expect(levels).toEqual(new Array(16).fill(0x88));
  });
});
