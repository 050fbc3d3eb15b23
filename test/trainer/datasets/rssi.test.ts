import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowsWhere } from '../../../trainer/datasets/dataset.ts';
import { readRssi } from '../../../trainer/datasets/rssi.ts';
import { requireData } from '../../tools.ts';
import { countBy, folderWith, jsonLines } from './files.ts';

const reading = (more: object = {}) => ({
  technology: 'WiFi',
  scenario: 3,
  part: 'database',
  point: 12,
  x: 1.5,
  y: 2.25,
  nearest_db_point: 12,
  nearest_db_dist_m: 0,
  k: 4,
  A: -70,
  B: -81,
  C: -64,
  split_time: 'train',
  ...more,
});

describe('rssi', () => {
  it('has the published fingerprints, room by room', async (test) => {
    const { rows, skipped } = await readRssi(requireData('rssi', test));
    expect(skipped).toEqual([]);
    expect(countBy(rows, ({ tags }) => `${tags!.room} ${tags!.part}`)).toEqual({
      'WiFi-S2 database': 1695,
      'WiFi-S2 test': 529,
      'WiFi-S3 database': 4110,
      'WiFi-S3 test': 1641,
      'BLE-S2 database': 1126,
      'BLE-S2 test': 451,
      'BLE-S3 database': 3208,
      'BLE-S3 test': 1320,
    });
    const lab = rowsWhere(rows, { room: 'WiFi-S3' });
    expect(countBy(lab, ({ splits }) => splits.split!)).toEqual({
      train: 2870,
      validation: 400,
      test: 840,
      'authors-test': 1641,
    });
    const points = Array.from({ length: 40 }, (_, i) => String(i + 1));
    expect(new Set(rowsWhere(lab, { part: 'database' }).map(({ label }) => label))).toEqual(new Set(points));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(14_080);
  });

  it('is the latest value of three transmitters, with the point and its place', async () => {
    const folder = folderWith({
      'fingerprints.jsonl.gz': jsonLines([reading()]),
      'points.jsonl': jsonLines([{ technology: 'WiFi' }]),
    });
    const { rows, skipped } = await readRssi(folder);
    expect(skipped).toEqual([]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      id: 'WiFi-S3-database-12-4',
      label: '12',
      numbers: { x: 1.5, y: 2.25 },
      splits: { split: 'train', split_time: 'train' },
      tags: { room: 'WiFi-S3', part: 'database' },
      recording: { channels: ['rssi.a', 'rssi.b', 'rssi.c'], group: 'WiFi-S3-database-12' },
    });
    expect([...rows[0]!.recording.values]).toEqual([-70, -81, -64]);
  });

  it('gives a test place the nearest point of the database, and a split of its own', async () => {
    const place = { part: 'test', point: 3, nearest_db_point: 17 };
    const folder = folderWith({
      'any.json': jsonLines([
        reading({ ...place, split_time: 'authors_test' }),
        reading({ ...place, split_time: undefined }),
        reading({ split_time: undefined }),
      ]),
    });
    const { rows } = await readRssi(join(folder, 'any.json'));
    expect(rows.map(({ label }) => label)).toEqual(['17', '17', '12']);
    expect(rows.map(({ splits }) => splits.split)).toEqual(['authors-test', 'authors-test', undefined]);
    expect(rows[0]!.recording.group).toBe('WiFi-S3-test-3');
  });

  it('leaves out rows that lack a transmitter or a place, and names them', async () => {
    const folder = folderWith({
      'fingerprints.jsonl': jsonLines([
        reading({ B: null }),
        reading({ x: undefined }),
        reading({ part: 'test', nearest_db_point: undefined }),
        reading(),
      ]),
    });
    const { rows, skipped } = await readRssi(folder);
    expect(rows).toHaveLength(1);
    expect(skipped).toEqual([
      expect.stringContaining('fingerprints.jsonl:1: B: '),
      expect.stringContaining('fingerprints.jsonl:2: x: '),
      expect.stringContaining('fingerprints.jsonl:3: nearest_db_point is missing'),
    ]);
  });

  it('refuses a folder without fingerprints', async () => {
    const folder = folderWith({ 'points.jsonl': jsonLines([{}]) });
    await expect(readRssi(folder)).rejects.toThrow('holds no fingerprints.jsonl or fingerprints.jsonl.gz');
  });
});
