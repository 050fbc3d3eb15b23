import { describe, expect, it } from 'vitest';
import { distinct, type LabelledRow, rowsOfSplit } from '../../../trainer/datasets/dataset.ts';
import { readDataset } from '../../../trainer/datasets/registry.ts';
import { deal, foldOf } from '../../../trainer/grouped-folds.ts';
import { recordingOf } from '../../protocols/examples.ts';
import { requireData } from '../../tools.ts';

const FOLDS = 5;
const row = (id: string, label: string, group: string) => {
  const recording = { ...recordingOf(['sound'], [[0, 1]]), group };
  return { id, label, splits: {}, recording };
};
const groupsOf = (rows: readonly LabelledRow[]) => new Set(rows.map(({ recording }) => recording.group));

describe('folds', () => {
  // Twelve sessions of 3 to 5 rows, each at one place.
  const rows = Array.from({ length: 12 }, (_, g) =>
    Array.from({ length: 3 + (g % 3) }, (_, i) => row(`${g}-${i}`, ['here', 'there'][g % 2]!, `g${g}`)),
  ).flat();

  it('hold each row once and each session whole', () => {
    const folds = deal(rows, 4);
    expect(
      folds
        .flat()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(rows.map(({ id }) => id).sort());
    expect(folds.reduce((sum, fold) => sum + groupsOf(fold).size, 0)).toBe(12);
  });

  it('have about equal sizes and every label', () => {
    for (const fold of deal(rows, 4)) {
      expect(Math.abs(fold.length - rows.length / 4)).toBeLessThanOrEqual(2);
      expect(new Set(fold.map(({ label }) => label)).size).toBe(2);
    }
  });

  it('are refused when there are more of them than sessions', () => {
    expect(() => deal(rows, 13)).toThrow(/12 sessions cannot be dealt into 13 folds/);
  });
});

it('no session of the local set is on two sides of a fold, and each row is tested once', async (test) => {
  const dataset = await readDataset('local', requireData('local', test));
  const rows = distinct(dataset.rows).map((r) => row(r.id, r.label, r.recording.group!));
  const folds = deal(rows, FOLDS);
  const tested: string[] = [];
  const hashes = new Set<string>();
  for (let k = 0; k < FOLDS; k++) {
    const fold = foldOf(dataset, folds, k);
    hashes.add(fold.hash);
    const sides = ['train', 'validation', 'test'].map((split) => rowsOfSplit(fold.rows, split));
    const groups = sides.map(groupsOf);
    expect(groups.reduce((sum, { size }) => sum + size, 0)).toBe(groupsOf(rows).size);
    for (const side of sides) expect(new Set(side.map(({ label }) => label)).size).toBe(3);
    expect(sides.flat()).toHaveLength(rows.length);
    tested.push(...sides[2]!.map(({ id }) => id));
  }
  expect(tested.sort()).toEqual(rows.map(({ id }) => id).sort());
  expect(hashes.size).toBe(FOLDS);
});
