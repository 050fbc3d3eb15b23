import { describe, expect, it } from 'vitest';
import { extent, linearScale, logScale } from '../../../trainer/reports/scale.ts';

describe('linearScale', () => {
  it('has its ends at 0 and 1, and round ticks between', () => {
    const scale = linearScale(-3, 97);
    expect([scale.share(-3), scale.share(47), scale.share(97)]).toEqual([0, 0.5, 1]);
    expect(scale.ticks).toEqual([0, 20, 40, 60, 80]);
  });

  it('has ticks at its ends where they are round, whatever binary fractions do to them', () => {
    expect(linearScale(0, 0.3, 3).ticks.map((tick) => tick.toFixed(6))).toEqual([
      '0.000000',
      '0.100000',
      '0.200000',
      '0.300000',
    ]);
    expect(linearScale(-5, 5, 10).ticks).toHaveLength(11);
  });

  it.each([0, 7, -0.5])('puts a constant %d in the middle', (value) => {
    const scale = linearScale(value, value);
    expect(scale.share(value)).toBeCloseTo(0.5);
    expect(scale.ticks.length).toBeGreaterThan(0);
  });
});

describe('logScale', () => {
  it('gives each factor the same room', () => {
    const scale = logScale(0.1, 10);
    expect(scale.share(1)).toBeCloseTo(0.5);
    expect(scale.ticks).toEqual([0.1, 0.2, 0.5, 1, 2, 5, 10]);
  });

  it('puts a constant in the middle', () => {
    expect(logScale(3, 3).share(3)).toBeCloseTo(0.5);
  });
});

describe('extent', () => {
  it('passes by what is missing', () => {
    expect(extent([Number.NaN, 2, -1, Number.POSITIVE_INFINITY])).toEqual([-1, 2]);
  });

  it('is undefined where there is nothing', () => {
    expect([extent([]), extent([Number.NaN])]).toEqual([undefined, undefined]);
  });
});
