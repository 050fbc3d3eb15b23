import { describe, expect, it } from 'vitest';
import {
  distinct,
  type LabelledRow,
  rowsWhere,
  splitBy,
  splitRows,
} from '../../../trainer/datasets/dataset.ts';
import { readDataset } from '../../../trainer/datasets/registry.ts';
import { rateTask } from '../../protocols/examples.ts';
import { folderWith, jsonLines } from './files.ts';

const row = (id: string, more: Partial<LabelledRow> = {}, timesUs = [0, 100_000]): LabelledRow => ({
  id,
  label: 'a',
  splits: {},
  recording: {
    id,
    board: 'b',
    channels: ['chest'],
    rateHz: 10,
    nominalRate: true,
    timesUs: Float64Array.from(timesUs),
    values: Float64Array.from(timesUs, (_, i) => i),
    labels: [],
  },
  ...more,
});
const ids = (rows: readonly LabelledRow[]) => rows.map(({ id }) => id);

describe('choosing rows', () => {
  const rows = [
    row('1', { tags: { device: 'sw', part: 'x' }, splits: { split: 'train', split_random: 'test' } }),
    row('2', { tags: { device: 'sp', part: 'x' }, splits: { split: 'test' } }),
    row('3'),
  ];

  it('takes those that have all wanted tags', () => {
    expect(ids(rowsWhere(rows, {}))).toEqual(['1', '2', '3']);
    expect(ids(rowsWhere(rows, { device: 'sw' }))).toEqual(['1']);
    expect(ids(rowsWhere(rows, { device: 'sp', part: 'y' }))).toEqual([]);
  });

  it('does not look beside a row where the next may be of another split', () => {
    const label = 'Tap';
    const spec = { ...rateTask(), answers: { kind: 'labels' as const, labels: [label, 'Hold'] } };
    const beside = row('beside').recording;
    const set = {
      rows: [row('1', { label: label, splits: { split: 'train' }, context: beside })],
      skipped: [],
      hash: '',
    };
    const contextOf = (splitsShareGroups?: true) =>
      splitRows(set, 'train', { dataset: 'swim', spec, splitsShareGroups })[0]!.context;
    expect(contextOf()).toBe(beside);
    expect(contextOf(true)).toBeUndefined();
  });

  it('splits by another column, where a row has it', () => {
    expect(splitBy(rows, 'split_random').map(({ splits }) => splits)).toEqual([
      { split: 'test', split_random: 'test' },
      {},
      {},
    ]);
  });

  it('counts an input once wherever it lies in a recording, but not at another pace or with another answer', () => {
    const all = [
      row('first'),
      row('later', {}, [700_001, 800_000]),
      row('gap', {}, [0, 200_000]),
      row('label', { label: 'b' }),
      row('place', { numbers: { x: 1 } }),
      row('place again', { numbers: { x: 1 } }),
    ];
    expect(ids(distinct(all))).toEqual(['first', 'gap', 'label', 'place']);
  });
});

describe('reading a selection', () => {
  const window = (device: string) => ({
    id: device,
    subject: 's01',
    device,
    label: 'walking',
    acc: [[1], [2], [3]],
    gyro: [[1], [2], [3]],
    split: 'train',
    split_mine: device === 'sw' ? 'test' : 'train',
  });
  const folder = () => folderWith({ 'w.jsonl': jsonLines([window('sw'), window('sp')]) });

  it('takes the rows that a recipe names, by the split that it names', async () => {
    const all = await readDataset('sp_sw_har', folder());
    expect(ids(all.rows)).toEqual(['sw', 'sp']);
    const chosen = await readDataset('sp_sw_har', folder(), {
      where: { device: 'sw' },
      splitColumn: 'split_mine',
    });
    expect(chosen.rows.map(({ id, splits }) => [id, splits.split])).toEqual([['sw', 'test']]);
    expect(chosen.hash).toBe(all.hash);
  });

  it('says what there is where nothing is left', async () => {
    await expect(readDataset('sp_sw_har', folder(), { where: { device: 'ring' } })).rejects.toMatchObject({
      message: 'sp_sw_har has no row of device ring',
      hint: 'device: sw, sp',
    });
    await expect(readDataset('sp_sw_har', folder(), { where: { room: 'S1' } })).rejects.toMatchObject({
      hint: 'room: not named in this set',
    });
    await expect(readDataset('sp_sw_har', folder(), { splitColumn: 'split_x' })).rejects.toMatchObject({
      message: 'no row of sp_sw_har has a column "split_x"',
      hint: 'its rows are split by split, split_mine',
    });
    await expect(readDataset('swim', folder())).rejects.toThrow('recordings holds no recordings');
    await expect(readDataset('breathe', folder())).rejects.toThrow('has no row of breathe: ');
  });
});
