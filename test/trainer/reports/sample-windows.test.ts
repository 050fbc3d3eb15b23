import { expect, it } from 'vitest';
import type { Scored } from '../../../trainer/metrics.ts';
import { chooseSamples } from '../../../trainer/reports/sample-windows.ts';

/** Two labels; the answer is 1 where `p1` is over a half. */
const of = (truth: number, p1: number): Scored => ({ truth, probs: [1 - p1, p1] });
const right = [of(0, 0.1), of(0, 0.2), of(1, 0.6), of(1, 0.9), of(0, 0.3)];

it('shows wrong answers first, of each confusion in turn, the surest before others', () => {
  const scored = [...right, of(0, 0.8), of(0, 0.95), of(1, 0.4)];
  expect(chooseSamples(scored).slice(0, 3)).toEqual([6, 7, 5]);
});

it('goes on with right ones of each label in turn, the least sure first', () => {
  expect(chooseSamples(right)).toEqual([2, 4, 1, 3, 0]);
});

it('keeps room for right ones, if there are any', () => {
  const wrong = Array.from({ length: 9 }, () => of(0, 0.9));
  expect(chooseSamples([...wrong, ...right]).filter((i) => i < 9)).toHaveLength(4);
  expect(chooseSamples(wrong)).toHaveLength(6);
  expect(chooseSamples([])).toEqual([]);
});
