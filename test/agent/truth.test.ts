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
    ['the first moment', 1000, 1000, 'up'],
    ['the moment after the last', 3000, 3000, null],
  ])('%s', (_, start, end, truth) => {
    expect(truthOf({ labels }, { start, end })).toBe(truth);
  });
});

describe('a tally', () => {
  const answer = (label: string | null, start: number, end: number) => ({
    prediction: { label, unknown: label === null, window: { start, end } } as Prediction,
    truth: truthOf({ labels }, { start, end }),
  });

  it('counts unknown as not right, leaves out what has no truth, and tells what got no answer', () => {
    const tally = new Tally();
    expect(tally.score).toMatchObject({ accuracy: null, unanswered: 0 });
    tally.add({ labels }, [answer('up', 1100, 1900), answer('up', 2100, 2500), answer('down', 0, 900)]);
    tally.add({ labels }, [answer(null, 2100, 2500), answer('down', 2200, 2600)]);
    expect(tally.score).toEqual({
      predictions: 5,
      judged: 4,
      right: 2,
      wrong: 1,
      unknown: 1,
      accuracy: 0.5,
      labels: 6,
      unanswered: 3,
    });
  });
});
