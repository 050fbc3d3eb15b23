import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabelFilter, type Observation, UNKNOWN } from '../../../pipeline/episodes/label-filter.ts';

const labels = ['swim', 'rest', 'turn'];
const options = { labels, dwellMs: 10_000, windowMs: 2000 };
const sure = (label: string, p = 0.98): Observation => ({
  probs: Object.fromEntries(labels.map((one) => [one, one === label ? p : (1 - p) / 2])),
  unknown: false,
});
const unsure: Observation = { probs: { swim: 0.4, rest: 0.35, turn: 0.25 }, unknown: true };

/** The states after each of some windows, a hop apart. */
const states = (filter: LabelFilter, windows: readonly Observation[], hopMs = 1000) =>
  windows.map((window, i) => filter.observe(window, i === 0 ? undefined : hopMs).state);

describe('the label filter', () => {
  it('takes the first window at its word, and stays through one that says otherwise', () => {
    const filter = new LabelFilter(options);
    const windows = ['swim', 'swim', 'swim', 'rest', 'swim', 'swim'].map((label) => sure(label));
    expect(states(filter, windows)).toEqual(Array(6).fill('swim'));
  });

  it('believes a change when further windows agree', () => {
    const filter = new LabelFilter(options);
    states(filter, Array(5).fill(sure('swim')));
    expect(filter.observe(sure('rest'), 1000).state).toBe('swim');
    filter.observe(sure('rest'), 1000);
    expect(filter.observe(sure('rest'), 1000).state).toBe('rest');
  });

  it('keeps unknown apart from the labels, and leaves it again', () => {
    const filter = new LabelFilter(options);
    states(filter, Array(5).fill(sure('swim')));
    expect(states(filter, Array(8).fill(unsure), 1000).at(-1)).toBe(UNKNOWN);
    expect(states(filter, Array(8).fill(sure('rest')), 1000).at(-1)).toBe('rest');
  });

  it('weighs a second of evidence alike at any hop, where windows overlap', () => {
    const swimAfter = (hopMs: number): number => {
      const filter = new LabelFilter({ ...options, dwellMs: 1e9 });
      filter.observe({ probs: { swim: 1 / 3, rest: 1 / 3, turn: 1 / 3 }, unknown: false });
      for (let ms = 0; ms < 2000; ms += hopMs) filter.observe(sure('swim', 0.6), hopMs);
      return filter.probability('swim');
    };
    expect(swimAfter(250)).toBeCloseTo(swimAfter(1000), 6);
    expect(swimAfter(2000)).toBeCloseTo(swimAfter(1000), 6);
  });

  it('remembers less the longer nothing was seen', () => {
    const swimAfter = (stepMs: number): number => {
      const filter = new LabelFilter(options);
      states(filter, Array(5).fill(sure('swim')));
      filter.observe(sure('rest'), stepMs);
      return filter.probability('swim');
    };
    expect(swimAfter(60_000)).toBeLessThan(swimAfter(2000));
  });

  it('holds probabilities that add up to one, whatever a window says', () => {
    const odd = fc.record({
      probs: fc.record({ swim: fc.double({ min: 0, max: 1, noNaN: true }) }, { requiredKeys: [] }),
      unknown: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(odd, { minLength: 1, maxLength: 50 }), (windows) => {
        const filter = new LabelFilter(options);
        for (const window of windows) filter.observe(window as Observation, 1000);
        const sum = filter.states.reduce((total, state) => total + filter.probability(state), 0);
        expect(sum).toBeCloseTo(1, 9);
      }),
    );
  });
});
