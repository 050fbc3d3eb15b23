import { describe, expect, it } from 'vitest';
import { blockOf, dequantizeBlocks, quantizeBlocks, zeroCode } from '../../../model/quantize/blocks.ts';
import { RandomStream } from '../../../model/random.ts';
import { relativeRms } from './relative-rms.ts';

const normals = (count: number, seed = 1): Float32Array => {
  const random = RandomStream.seeded(seed);
  return Float32Array.from({ length: count }, () => random.normal());
};

describe('blocks', () => {
  it.each([
    [384, 128],
    [704, 64],
    [96, 32],
  ])('cut rows of %i into blocks of %i', (columns, block) => {
    expect(blockOf(columns)).toBe(block);
  });

  it('refuse a row that no block divides', () => {
    expect(() => blockOf(100)).toThrow('100 columns');
  });

  it.each([
    [8, 0.01],
    [4, 0.11],
  ] as const)('of %i bits hold normal numbers within their relative error', (bits, bound) => {
    const values = normals(64 * 96);
    const matrix = quantizeBlocks(values, 64, 96, bits);
    expect(matrix.codes).toHaveLength((64 * 96 * bits) / 8);
    expect(matrix.scales).toHaveLength(64 * 3);
    const error = relativeRms(dequantizeBlocks(matrix), values);
    expect(error).toBeLessThan(bound);
    expect(error).toBeGreaterThan(bound / 4);
  });

  it('hold every number that has a code of its own exactly', () => {
    const values = Float32Array.from({ length: 32 }, (_, i) => 0.5 * ((i % 16) - 8));
    expect(dequantizeBlocks(quantizeBlocks(values, 1, 32, 4))).toEqual(values);
  });

  it('hold a block of zeros, beside blocks of any size', () => {
    const values = normals(96);
    values.fill(0, 32, 64);
    for (let i = 64; i < 96; i++) values[i]! *= 1e-20;
    for (const bits of [4, 8] as const) {
      const matrix = quantizeBlocks(values, 1, 96, bits);
      const back = dequantizeBlocks(matrix);
      expect([...back.subarray(32, 64)].every((value) => value === 0)).toBe(true);
      expect(relativeRms(back.subarray(64), values.subarray(64))).toBeLessThan(0.15);
    }
  });

  it('keep two 4-bit codes in a byte, the low one first', () => {
    const values = new Float32Array(32);
    values[0] = -8;
    values[1] = 7;
    const { codes, scales } = quantizeBlocks(values, 1, 32, 4);
    expect(scales[0]).toBeCloseTo(1, 6);
    expect(codes[0]).toBe(0 | (15 << 4));
    expect(codes[1]).toBe(zeroCode(4) | (zeroCode(4) << 4));
  });

  it('choose a 4-bit scale that is no worse than the greatest magnitude would give', () => {
    const values = normals(32 * 200, 3);
    const searched = dequantizeBlocks(quantizeBlocks(values, 200, 32, 4));
    const plain = Float32Array.from(values, (value, i) => {
      const block = values.subarray(i - (i % 32), i - (i % 32) + 32);
      const extreme = block.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
      const scale = extreme / -8;
      return Math.max(-8, Math.min(7, Math.round(value / scale))) * scale;
    });
    expect(relativeRms(searched, values)).toBeLessThan(0.95 * relativeRms(plain, values));
  });
});
