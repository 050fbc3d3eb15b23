import { expect, it } from 'vitest';
import { distinct } from '../../../trainer/datasets/dataset.ts';
import { readDataset } from '../../../trainer/datasets/registry.ts';
import { requireData } from '../../tools.ts';
import { countBy, folderWith, sample } from './files.ts';

const HEAD = 'MAC2,MAC1,ECoord,NCoord,FloorID,BuildingID,SceneID,UserID,PhoneID,SampleTimes';

it('reads the files of the source: strengths, floor, metres from the origin; what is not heard is missing', async () => {
  const places = Array.from({ length: 20 }, (_, i) => `-40,100,${46 + i / 2},18,1,1,1,4,3,1`);
  const data = folderWith({
    'CETC331/Training_CETC331.csv': [HEAD, ...places, 'x,100,46,18,1,1,1,4,3,1'].join('\n'),
    'CETC331/Testing_CETC331.csv': [HEAD, '-41,-92,46.5,19,2,1,1,4,3,1'].join('\n'),
    'HCXY/Testing_HCXY_AP.csv': [HEAD, '-41,-92,860.25,880,4,2,1,4,3,1'].join('\n'),
    'HCXY/Testing_HCXY_All.csv': 'other access points',
    'SYL/Testing_SYL_AP.csv': 'another building',
  });
  const { rows, skipped } = await readDataset('sodindoorloc', data);
  expect(countBy(rows, ({ tags, splits }) => `${tags?.building} ${splits.split}`)).toEqual({
    'CETC331 train': 18,
    'CETC331 validation': 2,
    'CETC331 test': 1,
    'HCXY test': 1,
  });
  const test = rows.find(({ splits }) => splits.split === 'test')!;
  expect([test.label, test.numbers, sample(test.recording, 0)]).toEqual(['2', { x: 6.5, y: 9 }, [-41, -92]]);
  const train = rows.find(({ splits }) => splits.split === 'train')!;
  expect(train.recording.channels).toEqual(['rssi.mac2', 'rssi.mac1']);
  expect(sample(train.recording, 0)).toEqual([-40, Number.NaN]);
  expect(rows.at(-1)!.numbers).toEqual({ x: 10.25, y: 10 });
  expect(skipped).toEqual([expect.stringMatching(/Training_CETC331\.csv:22: "x" is no number/)]);
});

it('holds the whole set; no place lies in two splits', async (test) => {
  const { rows, skipped } = await readDataset('sodindoorloc', requireData('sodindoorloc', test));
  expect(skipped).toEqual([]);
  expect(countBy(rows, ({ tags, splits }) => `${tags?.building} ${splits.split}`)).toEqual({
    'CETC331 train': 860,
    'CETC331 validation': 95,
    'CETC331 test': 840,
    'HCXY train': 10260,
    'HCXY validation': 1110,
    'HCXY test': 860,
  });
  const splitsOfPlace = new Map<string, Set<string>>();
  for (const { recording, splits } of rows) {
    const place = splitsOfPlace.get(recording.group!) ?? new Set<string>();
    splitsOfPlace.set(recording.group!, place.add(splits.split!));
  }
  expect([...splitsOfPlace.values()].filter(({ size }) => size > 1)).toEqual([]);
  expect(distinct(rows).length).toBeLessThan(rows.length);
});

it('names the files that it looks for where there are none', async () => {
  await expect(readDataset('sodindoorloc', folderWith({ 'a.csv': HEAD }))).rejects.toThrow(
    /Training_CETC331/,
  );
});
