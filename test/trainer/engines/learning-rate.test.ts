import { expect, it } from 'vitest';
import { learningRate } from '../../../trainer/engines/learning-rate.ts';

const schedule = { peak: 0.002, warmupSteps: 10, steps: 110 };
const at = (step: number) => learningRate(step, schedule);

it('rises linearly to the peak, then falls along half a cosine to 2 % of it', () => {
  expect(at(0)).toBeCloseTo(0.0002, 12);
  expect(at(4)).toBeCloseTo(0.001, 12);
  expect(at(9)).toBe(0.002);
  expect(at(10)).toBe(0.002);
  expect(at(60)).toBeCloseTo(0.002 * 0.51, 12);
  expect(at(110)).toBeCloseTo(0.002 * 0.02, 12);
  for (let step = 10; step < 110; step++) expect(at(step + 1)).toBeLessThan(at(step));
});

it('begins at the peak without a warm-up, and stays a number when all is warm-up', () => {
  expect(learningRate(0, { ...schedule, warmupSteps: 0 })).toBe(0.002);
  expect(learningRate(110, { ...schedule, warmupSteps: 110 })).toBe(0.002);
});
