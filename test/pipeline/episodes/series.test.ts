import { expect, it } from 'vitest';
import { Series } from '../../../pipeline/episodes/series.ts';

it('counts on with the same label after a pause, and anew with another, a long pause or a clock set back', () => {
  const series = new Series(1000);
  const episode = (label: string, startMs: number, endMs: number) => {
    const count = series.began(label, startMs);
    series.ended(label, endMs);
    return count;
  };
  expect(episode('freestyle', 0, 5000)).toBe(1);
  expect(episode('freestyle', 6000, 9000)).toBe(2);
  expect(episode('freestyle', 9000, 12_000)).toBe(3);
  expect(episode('breaststroke', 12_500, 14_000)).toBe(1);
  expect(episode('freestyle', 14_500, 16_000)).toBe(1);
  expect(episode('freestyle', 17_001, 18_000)).toBe(1);
  expect(episode('freestyle', 3000, 4000)).toBe(1);
});
