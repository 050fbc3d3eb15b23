import { describe, expect, it } from 'vitest';
import { type LossHistory, troublesOf } from '../../../trainer/engines/convergence.ts';

const STEPS = 1000;

/** A validation every hundredth of the steps. @param losses validation and training, in nats */
const history = (
  losses: readonly (readonly [number, number])[],
  changes: Partial<LossHistory> = {},
): LossHistory => ({
  points: losses.map(([validationNats, trainingNats], i) => ({
    step: (i + 1) * (STEPS / 100),
    validationNats,
    trainingNats,
  })),
  unigramNats: 6,
  startNats: 8.3,
  schedule: { steps: STEPS, warmupSteps: 10, schedule: { kind: 'wsd', decayShare: 0.2 } },
  ...changes,
});

/** Falls as losses do, from 7 towards 3. */
const falling = (i: number): number => 3 + 4 / (1 + i / 5);
const both = (loss: (i: number) => number, count = 60) =>
  Array.from({ length: count }, (_, i) => [loss(i), loss(i)] as const);
const kinds = (of: LossHistory) => troublesOf(of).map(({ kind, step }) => [kind, step]);

describe('troublesOf', () => {
  it('finds nothing in a loss that falls, or that wavers', () => {
    expect(troublesOf(history(both(falling)))).toEqual([]);
    const wavering = both((i) => falling(i) + (i % 2 === 0 ? 0.15 : 0));
    expect(troublesOf(history(wavering))).toEqual([]);
  });

  it('finds that the loss rises, once, and says from where', () => {
    const rising = both((i) => (i < 20 ? falling(i) : 4 + 0.3 * (i - 19)));
    const [trouble, ...others] = troublesOf(history(rising));
    expect(others).toEqual([]);
    expect(trouble).toMatchObject({ kind: 'diverges', step: 220 });
    expect(trouble?.what).toBe('the loss has risen from 3.83 nats to 4.60 nats');
  });

  it('takes one bad validation for chance', () => {
    expect(kinds(history(both((i) => falling(i) + (i === 20 ? 5 : 0))))).toEqual([]);
  });

  it('sees a loss that rose from the first step on', () => {
    expect(kinds(history(both(() => 20, 5)))).toEqual([['diverges', 20]]);
  });

  it('asks after a tenth of the steps, and after the warm-up, for more than how often tokens occur', () => {
    const idle = both((i) => 6.2 - 0.001 * i);
    expect(kinds(history(idle.slice(0, 9)))).toEqual([]);
    expect(kinds(history(idle.slice(0, 10)))).toEqual([['does not learn', 100]]);
    const { schedule } = history([]);
    const slow = history(idle.slice(0, 40), { schedule: { ...schedule, warmupSteps: 150 } });
    expect(kinds(slow)[0]).toEqual(['does not learn', 300]);
  });

  it('tells overfitting from a loss that rises in training too', () => {
    const overfit = both(falling).map(([loss], i) => [i < 20 ? loss : 3.83 + 0.02 * (i - 19), loss] as const);
    expect(kinds(history(overfit))).toEqual([['overfits', 240]]);
  });

  it('sees a loss that stands still, but not while the rate falls', () => {
    const still = both((i) => (i < 20 ? falling(i) : 3.9));
    expect(kinds(history(still))).toEqual([['stands still', 400]]);
    const late = both((i) => (i < 76 ? falling(i) : falling(75)), 100);
    expect(kinds(history(late))).toEqual([]);
    const { schedule } = history([]);
    const cosine = { ...schedule, schedule: { kind: 'cosine' } as const };
    const second = both((i) => (i < 46 ? falling(i) : falling(45)), 100);
    expect(kinds(history(second, { schedule: cosine }))).toEqual([]);
  });
});
