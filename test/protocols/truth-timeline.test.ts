import { describe, expect, it } from 'vitest';
import { coveredUs, majorityLabel, touches } from '../../protocols/truth-timeline.ts';

const labels = [
  { label: 'up', startUs: 10, endUs: 20 },
  { label: 'down', startUs: 20, endUs: 26 },
  { label: 'up', startUs: 26, endUs: 30 },
];

describe('labels over a stretch of time', () => {
  it('adds up the pieces of each, and leaves out those that only touch its end', () => {
    expect([...coveredUs(labels, { startUs: 18, endUs: 28 })]).toEqual([
      ['up', 4],
      ['down', 6],
    ]);
    expect([...coveredUs(labels, { startUs: 0, endUs: 10 })]).toEqual([]);
  });

  it.each([
    ['the most, not the longest piece', 15, 29, 'up'],
    ['the earlier of two equals', 14, 26, 'up'],
    ['none beside them', 30, 40, null],
  ])('%s', (_, startUs, endUs, label) => {
    expect(majorityLabel(labels, { startUs, endUs })).toBe(label);
  });

  it('a moment lies in a label from its first instant to before its end', () => {
    const at = (us: number) => labels.map((span) => touches(span, { startUs: us, endUs: us }));
    expect(at(10)).toEqual([true, false, false]);
    expect(at(20)).toEqual([false, true, false]);
    expect(at(30)).toEqual([false, false, false]);
  });
});
