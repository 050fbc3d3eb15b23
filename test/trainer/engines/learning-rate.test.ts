import { expect, it } from 'vitest';
import { learningRate, scheduledRate } from '../../../trainer/engines/learning-rate.ts';

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

it('holds the peak, then falls in a line to zero over the last share of the steps', () => {
  const wsd = { learningRate: 0.002, warmupSteps: 10, steps: 100 };
  const rate = (step: number) => scheduledRate(step, { ...wsd, schedule: { kind: 'wsd', decayShare: 0.2 } });
  expect(rate(0)).toBeCloseTo(0.0002, 12);
  for (const step of [9, 10, 50, 80]) expect(rate(step)).toBe(0.002);
  expect(rate(90)).toBeCloseTo(0.001, 12);
  expect(rate(99)).toBeCloseTo(0.002 / 20, 12);
  const all = { ...wsd, schedule: { kind: 'wsd', decayShare: 1 } } as const;
  expect(scheduledRate(55, all)).toBeCloseTo(0.002 * 0.45, 12);
  const cosine = { ...wsd, schedule: { kind: 'cosine' } } as const;
  expect(scheduledRate(55, cosine)).toBe(learningRate(55, { peak: 0.002, warmupSteps: 10, steps: 100 }));
});
