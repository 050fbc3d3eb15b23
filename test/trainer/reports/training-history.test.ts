import { expect, it } from 'vitest';
import type { Point } from '../../../trainer/reports/plot.ts';
import { parseTrainingLog, smoothed, thinned } from '../../../trainer/reports/training-history.ts';

it('tells steps from validations, and passes by a torn line', () => {
  const log = [
    '{"step":1,"lossNats":7,"gradNorm":3,"lr":0.1}',
    '{"kind":"validation","step":1,"lossNats":6,"accuracy":0.5,"macroF1":0.4}',
    '{"step":2,"loss',
  ].join('\n');
  const { steps, validations } = parseTrainingLog(log);
  expect(steps).toMatchObject([{ step: 1, lossNats: 7, lr: 0.1 }]);
  expect(validations).toMatchObject([{ step: 1, macroF1: 0.4 }]);
  expect(parseTrainingLog('')).toEqual({ steps: [], validations: [] });
});

it('smooths without leaving a constant, from the first point on', () => {
  const constant = Array.from({ length: 500 }, (_, x): Point => [x, 3]);
  for (const [, y] of smoothed(constant)) expect(y).toBeCloseTo(3);
  const noisy = constant.map(([x, y]): Point => [x, y + (x % 2 === 0 ? 1 : -1)]);
  expect(Math.abs(smoothed(noisy).at(-1)![1] - 3)).toBeLessThan(0.2);
  expect(smoothed([])).toEqual([]);
});

it('thins to means of neighbours', () => {
  const points = Array.from({ length: 10 }, (_, x): Point => [x, 2 * x]);
  expect(thinned(points, 5)).toEqual([0.5, 2.5, 4.5, 6.5, 8.5].map((x) => [x, 2 * x]));
  expect(thinned(points, 10)).toEqual(points);
});
