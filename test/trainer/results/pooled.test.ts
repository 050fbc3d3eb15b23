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

  it('are those whose names differ in the place alone', () => {
    expect(stemOf('rssi-wifi-s2', { room: 'WiFi-S2' })).toBe('rssi');
    expect(stemOf('activity', { device: 'sw' })).toBe('activity');
    expect(stemOf('swim')).toBe('swim');
  });
});
