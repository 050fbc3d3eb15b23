import { describe, expect, it } from 'vitest';
import { readWandDigits } from '../../../trainer/datasets/wand-digits.ts';
import { requireData } from '../../tools.ts';
import { countBy, folderWith, jsonLines } from './files.ts';

describe('magic_wand_digits', () => {
  it('has ten digits, each drawn as often as the others', async (test) => {
    const { rows, skipped } = await readWandDigits(requireData('magic_wand_digits', test));
    expect(skipped).toEqual([]);
    expect(countBy(rows, ({ splits }) => splits.split!)).toEqual({ train: 525, validation: 75, test: 150 });
    const digits = Array.from({ length: 10 }, (_, digit) => [String(digit), 75]);
    expect(countBy(rows, ({ label }) => label)).toEqual(Object.fromEntries(digits));
    const lengths = rows.map(({ recording }) => recording.timesUs.length);
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([32, 145]);
  });

  it('lays every stroke on the same second', async () => {
    const stroke = (points: number[]) => ({
      id: `n${points.length}`,
      label: 7,
      x: points,
      y: points.map((v) => -v),
    });
    const folder = folderWith({ 'strokes.jsonl': jsonLines([stroke([1, 2, 3, 4]), stroke([1, 2, 3])]) });
    const [four, three] = (await readWandDigits(folder)).rows;
    expect(four!.label).toBe('7');
    expect([...four!.recording.timesUs]).toEqual([0, 250_000, 500_000, 750_000]);
    expect([...three!.recording.timesUs]).toEqual([0, 333_333, 666_667]);
    expect([four!.recording.rateHz, three!.recording.rateHz]).toEqual([4, 3]);
    expect([...three!.recording.values]).toEqual([1, -1, 2, -2, 3, -3]);
    expect(three!.recording.labels).toEqual([{ label: '7', startUs: 0, endUs: 1_000_000 }]);
  });

  it('leaves out a stroke whose tracks do not fit together, or of one point', async () => {
    const folder = folderWith({
      'strokes.jsonl': jsonLines([
        { id: 'a', label: '1', x: [1, 2], y: [1, 2, 3] },
        { id: 'b', label: '1', x: [1], y: [1] },
      ]),
    });
    const { rows, skipped } = await readWandDigits(folder);
    expect(rows).toEqual([]);
    expect(skipped).toEqual([
      expect.stringContaining('strokes.jsonl:1: y has 3 points, x 2'),
      expect.stringContaining('strokes.jsonl:2: x: '),
    ]);
  });
});
