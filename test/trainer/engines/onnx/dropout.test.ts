import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../../model/random.ts';
import type { GptShape } from '../../../../model/shape.ts';
import { DropoutMasks, dropoutSites } from '../../../../trainer/engines/onnx/dropout.ts';

const shape: GptShape = { layers: 2, width: 32, heads: 2, context: 64, vocab: 8 };
const size = { batch: 4, tokens: 50, positions: 3 };
const rate = 0.2;

function draw(random: RandomStream): Map<string, Float32Array> {
  const masks = new DropoutMasks(dropoutSites(shape, size, rate));
  masks.draw(random);
  return new Map(Object.entries(masks.tensors).map(([name, { data }]) => [name, data as Float32Array]));
}

describe('dropout masks', () => {
  const masks = draw(RandomStream.seeded(1));

  it('cover every site, the last layer only where it is read', () => {
    expect(dropoutSites(shape, size, rate).map(({ name, rows }) => ({ name, rows }))).toEqual([
      { name: 'embedding', rows: 200 },
      { name: 'h.0.attn', rows: 200 },
      { name: 'h.0.mlp', rows: 200 },
      { name: 'h.1.attn', rows: 12 },
      { name: 'h.1.mlp', rows: 12 },
    ]);
    expect([...masks.values()].map((mask) => mask.length / shape.width)).toEqual([200, 200, 200, 12, 12]);
  });

  it('drop at the rate and keep the mean, in every site, row of lanes and feature', () => {
    const kept = Math.fround(1 / (1 - rate));
    for (const [name, mask] of masks) {
      expect(new Set(mask), name).toEqual(new Set([0, kept]));
      for (let lane = 0; lane < 4; lane++) {
        const values = mask.filter((_, i) => i % 4 === lane);
        const dropped = values.filter((x) => x === 0).length / values.length;
        // Five standard errors.
        const tolerance = 5 * Math.sqrt((rate * (1 - rate)) / values.length);
        expect(Math.abs(dropped - rate), `${name} lane ${lane}`).toBeLessThan(tolerance);
      }
    }
  });

  it('are uncorrelated between neighbours, sites and streams', () => {
    const zeroed = (mask: Float32Array) =>
      mask.map((x) => (x === 0 ? 1 - rate : -rate) / Math.sqrt(rate * (1 - rate)));
    const correlation = (a: Float32Array, b: Float32Array) => {
      const n = Math.min(a.length, b.length);
      let sum = 0;
      for (let i = 0; i < n; i++) sum += a[i]! * b[i]!;
      return sum / Math.sqrt(n);
    };
    const embedding = zeroed(masks.get('dropout.embedding')!);
    const pairs: [string, Float32Array][] = [
      ['neighbours', embedding.subarray(1)],
      ['lanes', embedding.subarray(4)],
      ['rows', embedding.subarray(shape.width)],
      ['sites', zeroed(masks.get('dropout.h.0.attn')!)],
      ['streams', zeroed(draw(RandomStream.seeded(2)).get('dropout.embedding')!)],
    ];
    for (const [what, other] of pairs) expect(Math.abs(correlation(embedding, other)), what).toBeLessThan(5);
  });

  it('are a function of the stream', () => {
    expect(draw(RandomStream.seeded(1))).toEqual(masks);
    expect(draw(RandomStream.seeded(2))).not.toEqual(masks);
  });

  it('refuse a rate that leaves nothing', () => {
    expect(() => new DropoutMasks(dropoutSites(shape, size, 1))).toThrow(RangeError);
  });
});
