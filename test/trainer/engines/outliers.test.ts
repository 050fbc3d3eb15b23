import { describe, expect, it } from 'vitest';
import { Outliers } from '../../../trainer/engines/outliers.ts';

const settings = { deviations: 3, window: 8 };
/** Losses whose mean is 2 and whose deviation is 0.1. */
const usual = [1.9, 2.1, 1.9, 2.1, 1.9, 2.1, 1.9, 2.1];

const afterUsual = (): Outliers => {
  const outliers = new Outliers(settings);
  for (const loss of usual) expect(outliers.judge(loss, 1 + loss / 10)).toBe(false);
  return outliers;
};

describe('Outliers', () => {
  it.each([
    [2.29, 1.2, false],
    [2.31, 1.2, true],
    [2, 1.229, false],
    [2, 1.231, true],
    [0, 0, false],
  ])('judges a loss of %d and a gradient of %d: %s', (loss, gradient, expected) => {
    expect(afterUsual().judge(loss, gradient)).toBe(expected);
  });

  it('judges nothing before its window is full', () => {
    const outliers = new Outliers(settings);
    for (const loss of usual.slice(1)) outliers.judge(loss, 1);
    expect(outliers.judge(1000, 1000)).toBe(false);
  });

  it('takes what lasts for what is', () => {
    const outliers = afterUsual();
    const judged = Array.from({ length: 8 }, () => outliers.judge(4, 1.2));
    expect(judged[0]).toBe(true);
    expect(judged.at(-1)).toBe(false);
  });

  it('goes on from its history as if nothing had happened', () => {
    const unbroken = afterUsual();
    const resumed = new Outliers(settings, unbroken.history);
    expect(resumed.history.lossNats).toEqual(usual);
    for (const loss of [2.2, 2.9, 2.25, 2.6]) {
      expect(resumed.judge(loss, 1.2)).toBe(unbroken.judge(loss, 1.2));
      expect(resumed.history).toEqual(unbroken.history);
    }
  });
});
