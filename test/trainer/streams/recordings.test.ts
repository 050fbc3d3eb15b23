import { describe, expect, it } from 'vitest';
import type { Recording } from '../../../protocols/recording.ts';
import type { LabelledRow } from '../../../trainer/datasets/dataset.ts';
import { readSwim } from '../../../trainer/datasets/swim.ts';
import { recordingsFrom, recordingsOfSplit } from '../../../trainer/streams/recordings.ts';
import { requireData } from '../../tools.ts';

const recording = (
  id: string,
  labels: Recording['labels'] = [{ label: 'up', startUs: 0, endUs: 1e6 }],
): Recording => ({
  ...{ id, board: 'watch', channels: ['accel.x'], rateHz: 1, nominalRate: false, labels },
  timesUs: Float64Array.of(0),
  values: Float64Array.of(0),
});

const row = (context: Recording | undefined, split: string, group?: string): LabelledRow => ({
  ...{ id: 'row', label: 'up', splits: { split } },
  recording: { ...recording('row'), ...(group && { group }) },
  ...(context && { context }),
});

describe('the recordings of a split', () => {
  it('are taken once, with their person, if all their rows are of it and the truth is known', () => {
    const [a, b, c, bare] = [recording('a'), recording('b'), recording('c'), recording('bare', [])];
    const rows = [
      row(a, 'test', 'anna'),
      row(a, 'test', 'anna'),
      row(b, 'train'),
      row(c, 'test'),
      row(c, 'train'),
    ];
    const { recordings, leftOut } = recordingsOfSplit(
      [...rows, row(bare, 'test'), row(undefined, 'test')],
      'test',
    );
    expect(recordings.map(({ id, group }) => [id, group])).toEqual([['a', 'anna']]);
    expect(leftOut).toBe(1);
    expect(recordingsOfSplit(rows, undefined).recordings.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('swim: whole swimmers have whole recordings, windows drawn at random have none', async (test) => {
    const { rows } = await readSwim(requireData('swim', test));
    const bySwimmer = recordingsOfSplit(rows, 'test');
    expect(bySwimmer).toMatchObject({ leftOut: 0, recordings: { length: 28 } });
    expect(new Set(bySwimmer.recordings.map(({ group }) => group))).toEqual(
      new Set(['20', '22', '32', '35', '36', '38']),
    );
    expect(recordingsOfSplit(rows, 'test', 'split_random')).toEqual({ recordings: [], leftOut: 108 });
  });
});

describe('recordings from a file', () => {
  it('are those of the split', async () => {
    const path = 'recordings/gesture-test.jsonl.gz';
    expect((await recordingsFrom(path, 'test')).recordings).toHaveLength(90);
    await expect(recordingsFrom(path, 'train')).rejects.toThrow('no labelled recording of split "train"');
  });
});
