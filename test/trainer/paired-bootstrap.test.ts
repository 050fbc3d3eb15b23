import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../model/random.ts';
import type { Scored } from '../../trainer/metrics.ts';
import { pairedBootstrap95 } from '../../trainer/paired-bootstrap.ts';

const seeded = () => RandomStream.seeded(1);
const right: Scored = { truth: 0, probs: [1, 0] };
const wrong: Scored = { truth: 0, probs: [0, 1] };

describe('the paired bootstrap', () => {
  it('by hand: of two rows one tells the methods apart, so draws differ by 0, 1/2 or 1, a quarter of them by 0 or 1', () => {
    expect(pairedBootstrap95([right, right], [right, wrong], 2, seeded()).accuracy).toEqual({
      value: 0.5,
      ci95: [0, 1],
    });
  });

  it('lets cancel what is hard for both: equal answers differ by nothing in every draw', () => {
    const answers = [right, wrong, right, wrong];
    const nothing = { value: 0, ci95: [0, 0] };
    expect(pairedBootstrap95(answers, answers, 2, seeded())).toEqual({ accuracy: nothing, macroF1: nothing });
  });

  it('by hand: ten rows of a hundred apart, .1 +- 1.96 sqrt(.1 * .9 / 100), whatever both get wrong', () => {
    const ours = Array.from({ length: 100 }, (_, i) => (i < 50 ? right : wrong));
    const theirs = Array.from({ length: 100 }, (_, i) => (i < 40 ? right : wrong));
    const { value, ci95 } = pairedBootstrap95(ours, theirs, 2, seeded()).accuracy;
    expect(value).toBeCloseTo(0.1, 12);
    expect(Math.abs(ci95[0] - 0.041)).toBeLessThan(0.015);
    expect(Math.abs(ci95[1] - 0.159)).toBeLessThan(0.015);
    const swapped = pairedBootstrap95(theirs, ours, 2, seeded()).accuracy;
    expect(swapped.ci95).toEqual([-ci95[1], -ci95[0]]);
  });

  it('draws the rows of a group together', () => {
    const ours = [right, right, right, right];
    const theirs = [wrong, wrong, right, right];
    const groups = ['monday', 'monday', 'tuesday', 'tuesday'];
    const { ci95 } = pairedBootstrap95(ours, theirs, 2, seeded(), groups).accuracy;
    expect(ci95).toEqual([0, 1]);
  });
});
