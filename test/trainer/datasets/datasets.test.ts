import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TinyError } from '../../../protocols/errors.ts';
import { distinct, rowsOfSplit, splitRows } from '../../../trainer/datasets/dataset.ts';
import { readDataset } from '../../../trainer/datasets/registry.ts';
import { requireData } from '../../tools.ts';

const gestureRow = (id: string, changes: Record<string, unknown> = {}) => ({
  id,
  label: 'Tap',
  channels: { proximity: [255, 200], red: [1, 2], green: [3, 4], blue: [5, 6] },
  ...changes,
});
const localRow = (id: string, changes: Record<string, unknown> = {}) => ({
  id,
  label: 'Entrance',
  values: {
    pressure: 1000,
    humidity_1: 40,
    temperature: 21,
    humidity_2: 41,
    red: 1,
    green: 2,
    blue: 3,
    sound: 30,
  },
  ...changes,
});
const lines = (...rows: readonly unknown[]) =>
  rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join('');

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
  file = join(folder, 'rows.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a data set', () => {
  it('is read time-major, and what is not known is ignored', async () => {
    await writeFile(
      file,
      lines(gestureRow('a', { mood: 'good', text: 'Proximity: [1]', split_days: 'test' })),
    );
    const { rows, skipped } = await readDataset('gesture', file);
    expect(skipped).toEqual([]);
    expect(rows).toHaveLength(1);
    const { id, label, splits, recording } = rows[0]!;
    expect({ id, label, splits }).toEqual({ id: 'a', label: 'Tap', splits: { split_days: 'test' } });
    expect(recording.channels).toEqual(['proximity', 'light.red', 'light.green', 'light.blue']);
    expect([...recording.values]).toEqual([255, 1, 3, 5, 200, 2, 4, 6]);
    expect([...recording.timesUs]).toEqual([0, 40_000]);
    expect(recording.nominalRate).toBe(true);
  });

  it('names the session of a row, as text or number, where there is one', async () => {
    await writeFile(
      file,
      lines(localRow('a', { session_guess: 7 }), localRow('b', { session_guess: 's' }), localRow('c')),
    );
    const { rows } = await readDataset('local', file);
    expect(rows.map(({ recording }) => recording.group)).toEqual(['7', 's', undefined]);
  });

  it('leaves out rows that are not of its shape, and says where and why', async () => {
    await writeFile(
      file,
      lines(
        gestureRow('good'),
        gestureRow('short', { channels: { proximity: [1], red: [1, 2], green: [1], blue: [1] } }),
        { ...gestureRow('none'), label: 3 },
        '{"id": "torn',
        gestureRow('text', { channels: { proximity: ['1'], red: [1], green: [1], blue: [1] } }),
        gestureRow('empty', { channels: { proximity: [], red: [], green: [], blue: [] } }),
        '   ',
        '[1, 2]',
        gestureRow('fine'),
      ),
    );
    const { rows, skipped } = await readDataset('gesture', file);
    expect(rows.map(({ id }) => id)).toEqual(['good', 'fine']);
    expect(skipped.map((problem) => problem.slice(`${file}:`.length, `${file}:`.length + 1))).toEqual(
      [2, 3, 4, 5, 6, 8].map(String),
    );
    expect(skipped[0]).toContain('red has 2 samples');
    expect(skipped[1]).toContain('label: ');
    expect(skipped[2]).toContain('not JSON');
    expect(skipped[3]).toContain('channels.proximity.0: ');
  });

  it('is gzip or not by its content, whatever its name', async () => {
    const text = lines(localRow('a'));
    await writeFile(file, gzipSync(text));
    const zipped = join(folder, 'other.bin');
    await writeFile(zipped, text);
    for (const path of [file, zipped]) expect((await readDataset('local', path)).rows).toHaveLength(1);
  });

  it('is all such files of a folder, in the order of their names', async () => {
    await writeFile(join(folder, 'b.jsonl'), lines(localRow('2')));
    await writeFile(join(folder, 'c.jsonl.gz'), gzipSync(lines(localRow('3'))));
    await writeFile(join(folder, 'a.ndjson'), lines(localRow('1')));
    await writeFile(join(folder, 'prompt.json'), '{}');
    const { rows, hash } = await readDataset('local', folder);
    expect(rows.map(({ id }) => id)).toEqual(['1', '2', '3']);
    await writeFile(join(folder, 'b.jsonl'), lines(localRow('4')));
    expect((await readDataset('local', folder)).hash).not.toBe(hash);
  });

  it.each<[string, (path: string) => Promise<void>, RegExp]>([
    ['is not there', async () => {}, /there is no data at .*rows\.jsonl/],
    ['is an empty folder', (path) => mkdir(path).then(() => {}), /holds no \.jsonl/],
    ['is empty', (path) => writeFile(path, ''), /has no row of local: it is empty/],
    ['is another set', (path) => writeFile(path, lines(gestureRow('a'))), /no row of local: .*:1: values/],
    [
      'is a gzip file cut short',
      (path) => writeFile(path, gzipSync(lines(localRow('a'), localRow('b'))).subarray(0, -9)),
      /rows\.jsonl is cut short or damaged/,
    ],
    [
      'is a text file cut short',
      (path) => writeFile(path, lines(localRow('a'), localRow('b')).slice(0, -20)),
      /rows\.jsonl is cut short or damaged/,
    ],
  ])('that %s is refused', async (_, make, message) => {
    await make(file);
    const reading = readDataset('local', file);
    await expect(reading).rejects.toThrow(TinyError);
    await expect(reading).rejects.toThrow(message);
  });
});

describe('rows', () => {
  it('of equal input and label count once, the first of them', async () => {
    const again = { ...gestureRow('b'), split: 'test' };
    const otherLabel = gestureRow('c', { label: 'Hold' });
    const otherInput = gestureRow('d', {
      channels: { proximity: [255, 201], red: [1, 2], green: [3, 4], blue: [5, 6] },
    });
    await writeFile(file, lines(gestureRow('a'), again, otherLabel, otherInput, gestureRow('e')));
    const { rows } = await readDataset('gesture', file);
    expect(distinct(rows).map(({ id }) => id)).toEqual(['a', 'c', 'd']);
  });

  it('are split by any column, and a split without rows or with a strange label is refused', async () => {
    await writeFile(
      file,
      lines(localRow('a', { split: 'train', split_room: 'test' }), localRow('b', { split: 'test' })),
    );
    const dataset = await readDataset('local', file);
    const ids = (...args: [string | undefined, string?]) =>
      rowsOfSplit(dataset.rows, ...args).map(({ id }) => id);
    expect(ids(undefined)).toEqual(['a', 'b']);
    expect(ids('train')).toEqual(['a']);
    expect(ids('test', 'split_room')).toEqual(['a']);
    const task = (labels: string[]) => ({
      dataset: 'local',
      spec: { name: 'local', answers: { kind: 'labels', labels } } as never,
    });
    expect(splitRows(dataset, 'test', task(['Entrance'])).map(({ id }) => id)).toEqual(['b']);
    expect(() => splitRows(dataset, 'validation', task(['Entrance']))).toThrow(
      /no rows of split "validation"/,
    );
    expect(() => splitRows(dataset, 'test', task(['Attic']))).toThrow(/row b is labelled "Entrance"/);
  });
});

it('the public sets have the rows that their README counts', async (test) => {
  const counts = async (name: 'gesture' | 'local') => {
    const { rows, skipped } = await readDataset(name, requireData(name, test));
    expect(skipped).toEqual([]);
    return ['train', 'validation', 'test'].map((split) => distinct(rowsOfSplit(rows, split)).length);
  };
  expect(await counts('gesture')).toEqual([408, 93, 90]);
  expect(await counts('local')).toEqual([245, 35, 49]);
});
