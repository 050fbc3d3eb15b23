import { describe, expect, it } from 'vitest';
import { Tally, truthOf } from '../../agent/truth.ts';
import type { Prediction } from '../../protocols/prediction.ts';

const labels = [
  { label: 'up', startUs: 1_000_000, endUs: 2_000_000 },
  { label: 'down', startUs: 2_000_000, endUs: 2_600_000 },
  { label: 'up', startUs: 2_600_000, endUs: 3_000_000 },
];

describe('the truth of a window', () => {
  it.each([
    ['inside one label', 1100, 1900, 'up'],
    ['over two', 1900, 2500, 'down'],
    ['over two pieces of one label', 1700, 2900, 'up'],
    ['beside all labels', 0, 1000, null],
    ['a moment inside', 2100, 2100, 'down'],
  ])('%s', (_, start, end, truth) => {
    expect(truthOf({ labels }, { start, end })).toBe(truth);
  });
});

describe('a tally', () => {
  const answer = (label: string | null, truth: string | null) => ({
    prediction: { label } as Prediction,
    truth,
  });

  it('counts unknown as not right, and leaves out what has no truth', () => {
    const tally = new Tally();
    expect(tally.score.accuracy).toBeNull();
    tally.add(answer('up', 'up'));
    tally.add(answer('up', 'down'));
    tally.add(answer(null, 'down'));
    tally.add(answer('down', 'down'));
    tally.add(answer('up', null));
    expect(tally.score).toEqual({
      predictions: 5,
      judged: 4,
      right: 2,
      wrong: 1,
      unknown: 1,
      accuracy: 0.5,
    });
  });
});
