import { describe, expect, it } from 'vitest';
import { levelOf } from '../../protocols/quantiser.ts';
import { fitQuantisers, quantile } from '../../trainer/fit-quantisers.ts';
import { rateTask } from '../protocols/examples.ts';

const spec = rateTask();
const LEVELS = 8;
const rows = (...channels: readonly number[][]) =>
  channels[0]!.map((_, i) => Float64Array.from(channels, (values) => values[i]!));
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('fitted levels', () => {
  it('begin above the labels that are numbers: a level is never written as an answer', () => {
    const points = { ...spec, answers: { kind: 'labels' as const, labels: ['1', '2', '12', 'door'] } };
    const [light, near] = fitQuantisers(points, { levels: LEVELS, spacing: {} }, rows(upTo(99), upTo(99)));
    expect([light!.firstNumber, near!.firstNumber]).toEqual([13, 13 + LEVELS]);
  });

  it('have ascending edges within the training values, and a number range for each channel', () => {
    const [light, near] = fitQuantisers(
      spec,
      { levels: LEVELS, spacing: {} },
      rows(
        upTo(1000),
        upTo(1000).map((i) => i % 7),
      ),
    );
    for (const { edges } of [light!, near!]) {
      expect(edges).toHaveLength(LEVELS - 1);
      expect(edges).toEqual([...edges].sort((a, b) => a - b));
      expect(new Set(edges).size).toBe(LEVELS - 1);
    }
    expect(light!.edges[0]).toBeGreaterThan(0);
    expect(light!.edges.at(-1)).toBeLessThan(999);
    expect(light).toMatchObject({ channel: 'light.red', firstNumber: 0 });
    expect(near).toMatchObject({ channel: 'proximity', firstNumber: LEVELS });
    // Extremes, whatever comes later, stay within the channel's own numbers.
    for (const value of [-1e9, 1e9]) expect(levelOf(light!, value)).toBe(value < 0 ? 0 : LEVELS - 1);
  });

  it('are fine near the centre and coarse far from it', () => {
    const { edges } = fitQuantisers(
      spec,
      { levels: LEVELS, spacing: { 'light.red': { centre: 0, scale: 8 } } },
      rows(upTo(1000), upTo(1000)),
    )[0]!;
    const widths = edges.slice(1).map((edge, i) => edge - edges[i]!);
    expect(widths).toEqual([...widths].sort((a, b) => a - b));
    // Even in asinh(value / 8).
    const warped = edges.map((edge) => Math.asinh(edge / 8));
    const steps = warped.slice(1).map((value, i) => value - warped[i]!);
    for (const step of steps) expect(step).toBeCloseTo(steps[0]!, 9);
  });

  it('are one level for a channel that never changes or was never measured', () => {
    const [constant, absent] = fitQuantisers(
      spec,
      { levels: LEVELS, spacing: {} },
      rows(Array<number>(50).fill(3), Array<number>(50).fill(Number.NaN)),
    );
    expect(constant).toEqual({ channel: 'light.red', firstNumber: 0, edges: [] });
    expect(absent).toEqual({ channel: 'proximity', firstNumber: LEVELS, edges: [] });
  });

  it('do not let one absurd value stretch them, nor a missing one count', () => {
    const values = [...upTo(2000), 1e12, Number.NaN];
    const { edges } = fitQuantisers(spec, { levels: LEVELS, spacing: {} }, rows(values, values))[0]!;
    expect(edges.at(-1)).toBeLessThan(2000);
  });
});

it('a quantile is one of the values', () => {
  expect([0, 0.5, 0.99, 1].map((share) => quantile([1, 2, 3, 4], share))).toEqual([1, 3, 4, 4]);
});
