import { describe, expect, it } from 'vitest';
import { windowFeatures } from '../../../trainer/baselines/features.ts';

const rows = (...channels: number[][]) =>
  channels[0]!.map((_, t) => Float64Array.from(channels, (values) => values[t]!));

describe('the features of a window', () => {
  it('by hand, for 0 2 4 2', () => {
    const [mean, deviation, least, greatest, median, iqr, step, bin1, bin2, strongest] = windowFeatures(
      rows([0, 2, 4, 2]),
    );
    expect([mean, least, greatest, median, step]).toEqual([2, 0, 4, 2, 2]);
    expect(deviation).toBeCloseTo(Math.SQRT2, 12);
    // Of four values in order, the quartiles are the second and the fourth.
    expect(iqr).toBe(2);
    // Bin 1: |0 - 4 + i (2 - 2)|; bin 2: |0 - 2 + 4 - 2|.
    expect(bin1).toBeCloseTo(4, 12);
    expect(bin2).toBeCloseTo(0, 12);
    expect(strongest).toBe(1);
  });

  it('find a frequency wherever it begins', () => {
    const wave = (phase: number) =>
      rows(Array.from({ length: 32 }, (_, t) => Math.sin((2 * Math.PI * 5 * t) / 32 + phase)));
    for (const phase of [0, 1, 2]) expect(windowFeatures(wave(phase)).at(-1)).toBe(5);
  });

  it('end with the correlation of each pair of channels, 0 where one stands still', () => {
    const features = windowFeatures(rows([1, 2, 3, 4], [8, 6, 4, 2], [5, 5, 5, 5]));
    expect(features.slice(-3)).toEqual([expect.closeTo(-1, 12), 0, 0]);
  });

  it('read a missing value as the one before it', () => {
    const { NaN: missing } = Number;
    expect(windowFeatures(rows([missing, 1, missing, 3]))).toEqual(windowFeatures(rows([1, 1, 1, 3])));
  });
});
