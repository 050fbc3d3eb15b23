import { describe, expect, it } from 'vitest';
import { readBreathe } from '../../../trainer/datasets/breathe.ts';
import { requireData } from '../../tools.ts';
import { countBy, folderWith, jsonLines } from './files.ts';

describe('breathe', () => {
  it('has ten recordings of thirty seconds', async (test) => {
    const { rows, skipped } = await readBreathe(requireData('breathe', test));
    expect(skipped).toEqual([]);
    expect(countBy(rows, ({ splits }) => splits.split!)).toEqual({ train: 7, validation: 1, test: 2 });
    for (const { numbers, label, recording } of rows) {
      expect(recording.timesUs).toHaveLength(477);
      expect(recording.labels[0]!.endUs).toBe(30_000_000);
      expect(numbers!.breathingRate).toBeGreaterThan(9.5);
      expect(numbers!.breathingRate).toBeLessThan(13);
      expect(label).toBe(String(numbers!.breathingRate));
    }
  });

  it('has the rate at which the signal and its label agree, not the one that is stated', async (test) => {
    const { rows } = await readBreathe(requireData('breathe', test));
    for (const { numbers, recording } of rows) {
      const crossings = risingCrossings(recording.values);
      const perMinute = (60e6 * crossings) / recording.labels[0]!.endUs;
      // Whole breaths in half a minute are counted to within one of two a minute.
      expect(Math.abs(perMinute - numbers!.breathingRate!)).toBeLessThan(2);
    }
  });

  it('leaves out a row whose label is no rate', async () => {
    const row = { id: 'a', label: 12.5, n: 2, values: [1, 2], text: 'unused' };
    const folder = folderWith({
      'a.jsonl.gz': jsonLines([row, { ...row, label: '12.5' }, { ...row, label: 0 }]),
    });
    const { rows, skipped } = await readBreathe(folder);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ label: '12.5', numbers: { breathingRate: 12.5 }, splits: {} });
    expect([...rows[0]!.recording.timesUs]).toEqual([0, 62_893]);
    expect(skipped).toEqual([
      expect.stringContaining('a.jsonl.gz:2: label'),
      expect.stringContaining('a.jsonl.gz:3: label'),
    ]);
  });
});

/** How often a signal, smoothed over a second, rises through its mean by a twentieth of its range. */
function risingCrossings(values: Float64Array): number {
  const smooth = Array.from(values, (_, i) => mean(values.subarray(Math.max(0, i - 8), i + 8)));
  const middle = mean(smooth);
  const margin = (Math.max(...smooth) - Math.min(...smooth)) / 20;
  let isBelow = smooth[0]! < middle;
  let crossings = 0;
  for (const value of smooth) {
    if (value < middle - margin) isBelow = true;
    if (isBelow && value > middle + margin) {
      crossings++;
      isBelow = false;
    }
  }
  return crossings;
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
