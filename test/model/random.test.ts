import { describe, expect, it } from 'vitest';
import { philox4x32, RandomStream } from '../../model/random.ts';

describe('philox4x32', () => {
  it('gives the published known answers (Random123, kat_vectors)', () => {
    const ones = 0xffffffff;
    expect(philox4x32([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    expect(philox4x32([ones, ones, ones, ones], [ones, ones])).toEqual([
      0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd,
    ]);
    expect(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
    ]);
  });
});

describe('RandomStream', () => {
  const draw = (stream: RandomStream) => Array.from({ length: 8 }, () => stream.uniform());

  it('depends on the seed and on every part of the key', () => {
    const streams = [
      RandomStream.seeded(1),
      RandomStream.seeded(2),
      RandomStream.seeded(1 + 2 ** 32),
      RandomStream.seeded(1).fork('epoch', 1),
      RandomStream.seeded(1).fork('epoch', 2),
      RandomStream.seeded(1).fork('epoch', '1'),
      RandomStream.seeded(1).fork(1, 'epoch'),
    ];
    expect(new Set(streams.map((s) => draw(s).join())).size).toBe(streams.length);
  });

  it('forks the same stream whatever was drawn before', () => {
    const parent = RandomStream.seeded(7);
    const before = draw(parent.fork('sample', 3));
    draw(parent);
    parent.normal();
    expect(draw(parent.fork('sample', 3))).toEqual(before);
    expect(draw(RandomStream.seeded(7).fork('sample').fork(3))).toEqual(before);
  });

  it('has the moments of its distributions', () => {
    const stream = RandomStream.seeded(11);
    const n = 40_000;
    const uniform = Array.from({ length: n }, () => stream.uniform());
    const normal = Array.from({ length: n }, () => stream.normal());
    const mean = (xs: number[]) => xs.reduce((a, x) => a + x, 0) / n;
    // Five standard errors.
    expect(Math.abs(mean(uniform) - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(mean(normal))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(mean(normal.map((x) => x * x)) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  });

  it('draws every integer below the bound, and permutations', () => {
    const stream = RandomStream.seeded(3);
    const counts = new Array(6).fill(0);
    for (let i = 0; i < 6000; i++) counts[stream.integer(6)]++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000 * (5 / 6)));
    expect(Array.from(stream.permutation(50)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
  });
});
