import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readActivity } from '../../../trainer/datasets/activity.ts';
import type { Dataset } from '../../../trainer/datasets/dataset.ts';
import { requireData } from '../../tools.ts';
import { countBy, folderWith, jsonLines, sample } from './files.ts';

const axes = (first: number) => [0, 1, 2].map((axis) => [first + axis, first + axis + 10, first + axis + 20]);

const window = (more: object = {}) => ({
  id: 's01_01_sw@2',
  subject: 's01',
  device: 'sw',
  recording: 's01_01_sw',
  start: 2,
  label: 'walking',
  label_purity: 0.8,
  acc: axes(0),
  gyro: axes(100),
  split: 'train',
  ...more,
});

function recording(samples: number): string {
  const lines = Array.from({ length: samples }, (_, i) => {
    return `${(i / 104).toFixed(3)},${i},0,0,0,0,0,${i < 3 ? 'SEATED' : 'STANDING_UP'}`;
  });
  return `t,ax,ay,az,gx,gy,gz,label\n${lines.join('\n')}\n`;
}

let read: Promise<Dataset> | undefined;
/** The whole set, read once. */
const published = (test: Parameters<typeof requireData>[1]): Promise<Dataset> => {
  read ??= readActivity(requireData('sp_sw_har', test));
  return read;
};

describe('sp_sw_har', () => {
  it('has the published windows of watch and phone, split by subject', async (test) => {
    const { rows, skipped } = await published(test);
    expect(skipped).toEqual([]);
    expect(countBy(rows, ({ tags, splits }) => `${tags!.device} ${splits.split}`)).toEqual({
      'sw train': 2531,
      'sw validation': 481,
      'sw test': 826,
      'sp train': 2498,
      'sp validation': 477,
      'sp test': 816,
    });
    const watchTest = rows.filter(({ tags, splits }) => tags!.device === 'sw' && splits.split === 'test');
    expect(countBy(watchTest, ({ label }) => label)).toEqual({
      seated: 60,
      standing_up: 93,
      walking: 402,
      turning: 176,
      sitting_down: 95,
    });
    expect(new Set(watchTest.map(({ recording }) => recording.group))).toEqual(
      new Set(['s03', 's08', 's13', 's20']),
    );
    expect(new Set(rows.map(({ recording }) => recording.group)).size).toBe(18);
    expect(new Set(rows.map(({ recording }) => recording.timesUs.length))).toEqual(new Set([100]));
  });

  it('says the same of the subjects of its splits as the rows themselves', async (test) => {
    const { rows } = await published(test);
    const subject = new Map(rows.map(({ recording, splits }) => [recording.group!, splits.split!]));
    const bare = [...subject.keys()].map((name) => window({ subject: name, split: undefined }));
    const guessed = (await readActivity(folderWith({ 'w.jsonl': jsonLines(bare) }))).rows;
    expect(guessed.map(({ splits }) => splits.split)).toEqual([...subject.values()]);
  });

  it("finds a watch row's samples again in its context", async (test) => {
    const { rows } = await published(test);
    const worn = rows.filter(({ tags }) => tags!.device === 'sw');
    for (const { recording, context } of worn) {
      const at = context!.timesUs.indexOf(recording.timesUs[0]!);
      for (const i of [0, 99]) {
        expect(context!.timesUs[at + i]).toBe(recording.timesUs[i]);
        const inContext = sample(context!, at + i);
        // Rows are printed with two decimals, recordings with three.
        for (const [c, value] of sample(recording, i).entries()) {
          expect(Math.abs(value - inContext[c]!)).toBeLessThan(0.0051);
        }
      }
    }
    expect(worn).toHaveLength(3838);
    expect(rows.filter(({ context }) => context)).toHaveLength(3838);
  });

  it('lays a row on the measured rate of its device', async () => {
    const folder = folderWith({
      'w.jsonl': jsonLines([window(), window({ device: 'sp', start: undefined })]),
    });
    const [watch, phone] = (await readActivity(folder)).rows;
    expect(watch!.recording).toMatchObject({
      board: 'watch',
      rateHz: 104.3,
      nominalRate: false,
      group: 's01',
    });
    expect([...watch!.recording.timesUs]).toEqual([19_175, 28_763, 38_351]);
    expect(watch!.recording.channels).toEqual([
      'accel.x',
      'accel.y',
      'accel.z',
      'gyro.x',
      'gyro.y',
      'gyro.z',
    ]);
    expect(sample(watch!.recording, 1)).toEqual([10, 11, 12, 110, 111, 112]);
    expect(phone!.recording).toMatchObject({ board: 'phone', rateHz: 102.5 });
    expect([...phone!.recording.timesUs]).toEqual([0, 9756, 19_512]);
    expect(phone!.tags).toEqual({ device: 'sp' });
  });

  it('gives context only where a recording reaches over the row', async () => {
    const folder = folderWith({
      'w.jsonl': jsonLines([window(), window({ start: 4 }), window({ recording: 's02_01_sp' })]),
      'recordings/s01_01_sw.csv.gz': recording(6),
    });
    const { rows, skipped } = await readActivity(join(folder, 'w.jsonl'));
    expect(skipped).toEqual([]);
    expect(rows.map(({ context }) => context?.timesUs.length)).toEqual([6, undefined, undefined]);
    expect(rows[0]!.context!.labels).toEqual([
      { label: 'seated', startUs: 0, endUs: 28_763 },
      { label: 'standing_up', startUs: 28_763, endUs: 57_527 },
    ]);
  });

  it('leaves out and names rows that are not of its shape', async () => {
    const uneven = [
      [1, 2, 3],
      [1, 2, 3],
      [1, 2],
    ];
    const folder = folderWith({
      'w.jsonl': jsonLines([
        window({ acc: uneven }),
        window({ gyro: axes(0).slice(1) }),
        window({ device: 'ring' }),
        window({ acc: [[], [], []] }),
        window(),
      ]),
    });
    const { rows, skipped } = await readActivity(folder);
    expect(rows).toHaveLength(1);
    expect(skipped).toEqual([
      expect.stringContaining('w.jsonl:1: accel.z has 2 samples, accel.x 3'),
      expect.stringContaining('w.jsonl:2: gyro'),
      expect.stringContaining('w.jsonl:3: device'),
      expect.stringContaining('w.jsonl:4: acc'),
    ]);
  });
});
