import { describe, expect, it } from 'vitest';
import type { Compared } from '../../../trainer/results/comparison.ts';
import { pooled, stemOf } from '../../../trainer/results/pooled.ts';

const seed = (accuracy: number, methods: Record<string, number>): Compared => ({
  ...{ accuracy, macroF1: accuracy, mae: null, positionErrorM: null },
  baselines: Object.entries(methods).map(([name, value]) => ({
    ...{ name, accuracy: value, macroF1: value, ci95: null, mae: null, positionErrorM: null },
    ...{ shiftMean: null, modelMinusThis: null, windows: null },
  })),
});

describe('places together', () => {
  it('weigh by their rows, seeds averaged, methods that were asked everywhere', () => {
    const places = [
      { n: 300, seeds: [seed(0.8, { kNN: 0.7, forest: 0.9 }), seed(0.9, { kNN: 0.7, forest: 0.9 })] },
      { n: 100, seeds: [seed(0.45, { kNN: 0.5 })] },
    ];
    const [model, ...methods] = pooled(places);
    expect(model!.accuracy).toBeCloseTo((300 * 0.85 + 100 * 0.45) / 400, 12);
    expect(model!.positionErrorM).toBeNull();
    expect(methods.map(({ name }) => name)).toEqual(['kNN']);
    expect(methods[0]!.accuracy).toBeCloseTo((300 * 0.7 + 100 * 0.5) / 400, 12);
  });

  it('have the lead of all rows, their intervals put together as of independent draws', () => {
    const place = (n: number, value: number, half: number) => {
      const one = seed(0.5, { kNN: 0.5 });
      const lead = { value, ci95: [value - half, value + half] as [number, number] };
      const modelMinusThis = { accuracy: lead, macroF1: null, mae: null, positionErrorM: null };
      return {
        n,
        seeds: [{ ...one, baselines: one.baselines!.map((method) => ({ ...method, modelMinusThis })) }],
      };
    };
    const [model, kNN] = pooled([place(300, 0.04, 0.04), place(100, -0.04, 0.16)]);
    expect(model!.modelMinusThis).toEqual({ accuracy: null, positionErrorM: null });
    expect(kNN!.modelMinusThis.accuracy!.value).toBeCloseTo(0.02, 12);
    // A quarter of .16 and three quarters of .04.
    const half = Math.hypot(0.04, 0.03);
    expect(kNN!.modelMinusThis.accuracy!.ci95[0]).toBeCloseTo(0.02 - half, 12);
    expect(kNN!.modelMinusThis.accuracy!.ci95[1]).toBeCloseTo(0.02 + half, 12);
    expect(kNN!.modelMinusThis.positionErrorM).toBeNull();
  });

  it('are those whose names differ in the place alone', () => {
    expect(stemOf('rssi-wifi-s2', { room: 'WiFi-S2' })).toBe('rssi');
    expect(stemOf('activity', { device: 'sw' })).toBe('activity');
    expect(stemOf('swim')).toBe('swim');
  });
});
