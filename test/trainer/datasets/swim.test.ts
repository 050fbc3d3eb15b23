import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { distinct } from '../../../trainer/datasets/dataset.ts';
import { readSwim } from '../../../trainer/datasets/swim.ts';
import { requireData } from '../../tools.ts';
import { countBy, folderWith, jsonLines, sample } from './files.ts';

/** `samples` rows at 30 Hz as the set prints them; `ax` counts up. Labelled 1 up to sample 5, then 6, then 0. */
function recording(samples: number, timeOf = (i: number) => i / 30): string {
  const lines = Array.from({ length: samples }, (_, i) => {
    const code = i < 5 ? 1 : i < 7 ? 6 : 0;
    return `${timeOf(i).toFixed(3)},${i},0.5,-9.8,0.1,0.2,0.3,${code}`;
  });
  return `t,ax,ay,az,gx,gy,gz,label\n${lines.join('\n')}\n`;
}

const window = (start: number, n: number, more: object = {}) => ({
  id: `r1@${start}`,
  swimmer: 7,
  recording: 'r1',
  start,
  n,
  label: 'freestyle',
  X: [99],
  split_random: 'test',
  split_swimmer: 'train',
  ...more,
});

describe('swim', () => {
  it('has the published windows, split by swimmer unless asked otherwise', async (test) => {
    const { rows, skipped } = await readSwim(requireData('swim', test));
    expect(skipped).toEqual([]);
    expect(rows).toHaveLength(4854);
    expect(distinct(rows)).toHaveLength(4854);
    expect(countBy(rows, ({ splits }) => splits.split!)).toEqual({
      train: 2937,
      validation: 781,
      test: 1136,
    });
    expect(countBy(rows, ({ splits }) => splits.split_random!)).toEqual({
      train: 3397,
      validation: 485,
      test: 972,
    });
    const tested = rows.filter(({ splits }) => splits.split === 'test');
    expect(countBy(tested, ({ label }) => label)).toEqual({
      freestyle: 451,
      transition: 327,
      backstroke: 131,
      butterfly: 152,
      breaststroke: 75,
    });
    expect(new Set(tested.map(({ recording }) => recording.group))).toEqual(
      new Set(['20', '22', '32', '35', '36', '38']),
    );
    expect(new Set(rows.map(({ recording }) => recording.group)).size).toBe(25);
    expect(rows.filter(({ recording }) => recording.timesUs.length < 100)).toHaveLength(21);
    const recordings = new Set(rows.map(({ context }) => context!));
    expect(recordings.size).toBe(109);
    expect([...recordings].reduce((sum, { timesUs }) => sum + timesUs.length, 0)).toBe(480_665);
    for (const { label, recording } of rows) expect(recording.labels[0]!.label).toBe(label);
  });

  it('cuts a window out of its recording and leaves it on the time line of that', async () => {
    const folder = folderWith({
      'windows.jsonl.gz': jsonLines([window(3, 4)]),
      'recordings/r1.csv.gz': recording(10),
    });
    const [row] = (await readSwim(folder)).rows;
    expect(row).toMatchObject({ id: 'r1@3', label: 'freestyle' });
    expect(row!.splits).toEqual({ split: 'train', split_random: 'test', split_swimmer: 'train' });
    expect(row!.recording).toMatchObject({ board: 'watch', rateHz: 30, nominalRate: false, group: '7' });
    // 0.1, 0.133, 0.167 and 0.2 s as printed: the grid is exact again.
    expect([...row!.recording.timesUs]).toEqual([100_000, 133_333, 166_667, 200_000]);
    expect(sample(row!.recording, 0)).toEqual([3, 0.5, -9.8, 0.1, 0.2, 0.3]);
    expect(sample(row!.recording, 3)).toEqual([6, 0.5, -9.8, 0.1, 0.2, 0.3]);
    expect(row!.recording.labels).toEqual([{ label: 'freestyle', startUs: 100_000, endUs: 233_333 }]);
    expect(row!.context!.timesUs).toHaveLength(10);
    expect(sample(row!.context!, 9)[0]).toBe(9);
    // Nobody knows what code 6 means.
    expect(row!.context!.labels).toEqual([
      { label: 'freestyle', startUs: 0, endUs: 166_667 },
      { label: 'transition', startUs: 233_333, endUs: 333_333 },
    ]);
  });

  it('reads an uncompressed file of any name, whose rows name neither split nor swimmer', async () => {
    const { split_random: _, split_swimmer: __, swimmer: ___, ...bare } = window(0, 2);
    const folder = folderWith({
      'mine.txt': jsonLines([bare]),
      'recordings/r1.csv': recording(3).replace(/,label\n/, '\n'),
    });
    const [row] = (await readSwim(join(folder, 'mine.txt'))).rows;
    expect(row!.splits).toEqual({});
    expect(row!.recording.group).toBeUndefined();
    expect(row!.recording.timesUs).toHaveLength(2);
  });

  it('keeps a gap in a recording a gap', async () => {
    const folder = folderWith({
      'w.jsonl': jsonLines([window(0, 3)]),
      'recordings/r1.csv': recording(3, (i) => (i < 2 ? i : i + 30) / 30),
    });
    const [row] = (await readSwim(folder)).rows;
    expect([...row!.recording.timesUs]).toEqual([0, 33_333, 1_066_667]);
  });

  it('leaves out and names rows that cannot be cut', async () => {
    const folder = folderWith({
      'w.jsonl': jsonLines([
        window(0, 2),
        window(8, 3),
        window(0, 2, { recording: 'r9' }),
        window(0, 2, { recording: 'torn' }),
        window(0, 2, { recording: 'back' }),
        window(0, 2, { n: '2' }),
        'not JSON',
      ]),
      'recordings/r1.csv': recording(10),
      'recordings/torn.csv': `${recording(3)}0.1,1,2\n`,
      'recordings/back.csv': recording(3, (i) => (i === 2 ? 0 : i / 30)),
    });
    const { rows, skipped } = await readSwim(folder);
    expect(rows.map(({ id }) => id)).toEqual(['r1@0']);
    expect(skipped).toEqual([
      expect.stringContaining('w.jsonl:2: samples 8 to 10 of r1, which has 10 samples'),
      expect.stringContaining('w.jsonl:3: there is no recording r9'),
      expect.stringMatching(/w\.jsonl:4: .*torn\.csv:5: "" is no number/),
      expect.stringContaining('w.jsonl:5: sample 2 of back does not come 1/30 s after the one before'),
      expect.stringContaining('w.jsonl:6: n: '),
      expect.stringContaining('w.jsonl:7: not JSON'),
    ]);
  });

  it('refuses windows without recordings, and says where they are looked for', async () => {
    const folder = folderWith({ 'w.jsonl': jsonLines([window(0, 2)]) });
    await expect(readSwim(folder)).rejects.toThrow(/recordings holds no recordings/);
    await expect(readSwim(join(folder, 'nothing'))).rejects.toThrow('there is no data at');
  });

  it('has a hash that follows the recordings too', async () => {
    const hashWith = async (csv: string) =>
      (await readSwim(folderWith({ 'windows.jsonl': jsonLines([window(0, 2)]), 'recordings/r1.csv': csv })))
        .hash;
    expect(await hashWith(recording(10))).toBe(await hashWith(recording(10)));
    expect(await hashWith(recording(10))).not.toBe(await hashWith(recording(11)));
  });
});
