import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromHalf, halfBits, halfValue, toHalf } from '../../model/half.ts';

const everyHalf = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
/** 65504. */
const LARGEST = 0x7bff;
const isNotANumber = (bits: number): boolean => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;

describe('float16', () => {
  it('comes back from every of its values', () => {
    const wrong = [...everyHalf].filter((bits) => !isNotANumber(bits) && halfBits(halfValue(bits)) !== bits);
    expect(wrong).toEqual([]);
    expect(halfValue(halfBits(Number.NaN))).toBeNaN();
  });

  it('is the nearest to what lies between two, the even one half way', () => {
    const wrong = [...everyHalf].filter((below) => {
      if (below >= LARGEST) return false;
      const [low, high] = [halfValue(below), halfValue(below + 1)];
      const even = below % 2 === 0 ? below : below + 1;
      return (
        halfBits((low + high) / 2) !== even ||
        halfBits((-low - high) / 2) !== (0x8000 | even) ||
        halfBits(low + (high - low) * 0.499) !== below ||
        halfBits(low + (high - low) * 0.501) !== below + 1
      );
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [0, 0],
    [-0, 0x8000],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [1e30, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [2 ** -24, 0x0001],
    [2 ** -26, 0],
    [1 / 3, 0x3555],
  ])('of %d is 0x%x', (value, bits) => {
    expect(halfBits(value)).toBe(bits);
  });

  it('is converted in arrays', () => {
    expect(fromHalf(toHalf(Float32Array.of(0.5, -3, 1 / 3)))).toEqual(
      Float32Array.of(0.5, -3, 0.333251953125),
    );
  });
});

describe('bfloat16', () => {
  it('is the upper half of a float32', () => {
    expect(fromBfloat16(Uint16Array.of(0x3f80, 0xc040, 0, 0x3eab))).toEqual(
      Float32Array.of(1, -3, 0, 0.333984375),
    );
  });
});
