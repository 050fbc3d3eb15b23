import { expect, it } from 'vitest';
import { rowsOfSplit } from '../../../trainer/datasets/dataset.ts';
import { readDataset } from '../../../trainer/datasets/registry.ts';
import { withSynthetic } from '../../../trainer/synthetic/synthetic.ts';
import { requireData } from '../../tools.ts';

const RULES = { kind: 'breathing', train: 30, validation: 10 } as const;
const nothing = { rows: [], skipped: [], hash: 'none' };

it('invents as many rows as are asked for, the same for the same seed', () => {
  const { rows, hash } = withSynthetic(nothing, RULES, 1);
  expect(rowsOfSplit(rows, 'train')).toHaveLength(30);
  expect(rowsOfSplit(rows, 'validation')).toHaveLength(10);
  expect(withSynthetic(nothing, RULES, 1)).toEqual({ rows, skipped: [], hash });
  const other = withSynthetic(nothing, RULES, 2);
  expect(other.hash).not.toBe(hash);
  expect(other.rows[0]!.recording.values).not.toEqual(rows[0]!.recording.values);
});

it('a row stays what it is when more are asked for', () => {
  const few = withSynthetic(nothing, RULES, 1).rows;
  const many = withSynthetic(nothing, { ...RULES, train: 60 }, 1).rows;
  expect(many.slice(0, 30)).toEqual(few.slice(0, 30));
});

it('keeps every measured row for the test, whatever its split', async (test) => {
  const measured = await readDataset('breathe', requireData('breathe', test));
  const { rows, hash } = withSynthetic(measured, RULES, 1);
  const ids = new Set(measured.rows.map(({ id }) => id));
  expect(rowsOfSplit(measured.rows, 'train').length).toBeGreaterThan(0);
  expect(rowsOfSplit(rows, 'test').map(({ id }) => id)).toEqual([...ids]);
  for (const split of ['train', 'validation']) {
    for (const { id } of rowsOfSplit(rows, split)) expect(ids.has(id)).toBe(false);
  }
  expect(hash).not.toBe(measured.hash);
});
