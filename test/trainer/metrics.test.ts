import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../model/random.ts';
import {
  accuracy,
  argMax,
  bootstrap95,
  confusionMatrix,
  expectedCalibrationError,
  macroF1,
  type Scored,
} from '../../trainer/metrics.ts';

const right = (label: number): Scored => ({ truth: label, probs: oneHot(label) });
const wrong = (truth: number, answer: number): Scored => ({ truth, probs: oneHot(answer) });
const oneHot = (label: number): number[] => [0, 1, 2].map((l) => (l === label ? 0.8 : 0.1));

describe('accuracy and macro-F1', () => {
  it('count truth down and answers across', () => {
    const confusion = confusionMatrix([right(0), right(0), wrong(0, 1), wrong(2, 1)], 3);
    expect(confusion).toEqual([
      [2, 1, 0],
      [0, 0, 0],
      [0, 1, 0],
    ]);
    expect(accuracy(confusion)).toBe(0.5);
    // By hand: F1 of 0 is 2*2 / (3 + 2); of 1 and 2 nothing is right.
    expect(macroF1(confusion)).toBeCloseTo(0.8 / 3, 12);
  });

  it('are over the whole label set: a label that never occurs counts nothing, so its class is not left out', () => {
    expect(macroF1(confusionMatrix([right(0), right(1)], 3))).toBeCloseTo(2 / 3, 12);
    expect(macroF1(confusionMatrix([right(0), right(1), right(2)], 3))).toBe(1);
  });

  it('take the first of equal probabilities', () => {
    expect(argMax([0.25, 0.5, 0.5])).toBe(1);
  });
});

describe('expected calibration error', () => {
  const of = (p: number, isRight: boolean): Scored => ({ truth: isRight ? 0 : 1, probs: [p, 1 - p] });

  it('is nothing where answers are right as often as they say', () => {
    const scored = [...Array(3).fill(of(0.75, true)), of(0.75, false)] as Scored[];
    expect(expectedCalibrationError(scored)).toBeCloseTo(0, 12);
  });

  it('is the distance between confidence and share of right answers, bin by bin, weighted by size', () => {
    // Bin 14: confidence .95, half right; bin 9 (.60 to .667): .62, all right.
    const scored = [of(0.95, true), of(0.95, false), of(0.62, true), of(0.62, true)];
    expect(expectedCalibrationError(scored)).toBeCloseTo(0.5 * 0.45 + 0.5 * 0.38, 12);
  });

  it('has 15 bins of equal width', () => {
    // .61 and .65 share the bin [.6, .667), where their errors cancel; .68 has a bin of its own.
    const together = [of(0.61, true), of(0.65, false)];
    expect(expectedCalibrationError(together)).toBeCloseTo(Math.abs(0.61 + 0.65 - 1) / 2, 12);
    const apart = [of(0.61, true), of(0.68, false)];
    expect(expectedCalibrationError(apart)).toBeCloseTo((0.39 + 0.68) / 2, 12);
    expect(expectedCalibrationError([of(1, true)])).toBe(0);
  });
});

describe('the bootstrap interval', () => {
  const seeded = () => RandomStream.seeded(1);

  it('is close to the binomial one', () => {
    const scored = Array.from({ length: 400 }, (_, i) => (i % 5 === 0 ? wrong(0, 1) : right(0)));
    const [low, high] = bootstrap95(scored, 3, seeded()).accuracy;
    // .8 +- 1.96 sqrt(.8 * .2 / 400)
    expect(low).toBeGreaterThan(0.745);
    expect(low).toBeLessThan(0.775);
    expect(high).toBeGreaterThan(0.825);
    expect(high).toBeLessThan(0.855);
  });

  it('holds what it is the interval of, and is the same at every run', () => {
    const scored = [right(0), right(1), wrong(2, 0), right(2), right(1), right(0)];
    const interval = bootstrap95(scored, 3, seeded());
    expect(interval).toEqual(bootstrap95(scored, 3, seeded()));
    const value = macroF1(confusionMatrix(scored, 3));
    expect(interval.macroF1[0]).toBeLessThanOrEqual(value);
    expect(interval.macroF1[1]).toBeGreaterThanOrEqual(value);
  });

  it('draws a group whole: rows of one session are no independent evidence', () => {
    const scored = Array.from({ length: 100 }, (_, i) => (i < 50 ? right(0) : wrong(0, 1)));
    const groups = scored.map((_, i) => (i < 50 ? 'monday' : 'tuesday'));
    expect(bootstrap95(scored, 3, seeded(), groups).accuracy).toEqual([0, 1]);
    const [low, high] = bootstrap95(scored, 3, seeded()).accuracy;
    expect(low).toBeGreaterThan(0.35);
    expect(high).toBeLessThan(0.65);
  });
});

it('does not count a label against a draw that left its only group out', () => {
  // 20 labels, 10 rows each, 7 of them right: a draw of groups leaves about a third of the labels out.
  const labels = 20;
  const scored = Array.from({ length: 200 }, (_, i) => {
    const truth = Math.floor(i / 10);
    const answer = i % 10 < 7 ? truth : (truth + 1) % labels;
    return { truth, probs: Array.from({ length: labels }, (_, label) => (label === answer ? 1 : 0)) };
  });
  const groups = scored.map(({ truth }) => String(truth));
  const figure = macroF1(confusionMatrix(scored, labels));
  const [low, high] = bootstrap95(scored, labels, RandomStream.seeded(1), groups).macroF1;
  expect(Math.abs(low - figure)).toBeLessThan(0.05);
  expect(Math.abs(high - figure)).toBeLessThan(0.1);
});
