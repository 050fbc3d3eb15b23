import { configError } from '../../protocols/errors.ts';
import { dealByShares, type GroupedRow, isGrouped } from '../grouped-folds.ts';
import type { LabelledRow, SplitName } from './dataset.ts';
import type { SplitRule } from './own-data.ts';

/** Where nobody says otherwise: a fifth to choose the model, a fifth to judge it. */
const USUAL_SHARES = { validation: 0.2, test: 0.2 };

/** The rows with `split` set anew. Depends on nothing but rows and rule. */
export function splitByRule(rows: readonly LabelledRow[], rule: SplitRule): LabelledRow[] {
  const { by, validation, test, shares = USUAL_SHARES } = rule;
  if (validation && test) return splitByName(rows, { validation, test });
  const units = rows.map((row): GroupedRow => {
    const group = by === 'row' ? row.id : row.recording.group;
    if (group === undefined) throw noGroups(row);
    return { ...row, recording: { ...row.recording, group } };
  });
  const count = new Set(units.map(({ recording }) => recording.group)).size;
  if (count < 3) {
    throw configError(
      `${count === 1 ? 'one person or session' : `${count} persons or sessions`} cannot be dealt into train, validation and test`,
      'record more of them, one a file or named in a column (csv.group); or say `split: { by: row }`, and mistrust the figures',
    );
  }
  const dealt = dealByShares(units, [1 - shares.validation - shares.test, shares.validation, shares.test]);
  const splitOf = new Map<string, SplitName>();
  for (const [s, split] of (['train', 'validation', 'test'] as const).entries()) {
    for (const { id } of dealt[s]!) splitOf.set(id, split);
  }
  return rows.map((row) => withSplit(row, splitOf.get(row.id)!));
}

function splitByName(
  rows: readonly LabelledRow[],
  named: Readonly<Record<'validation' | 'test', readonly string[]>>,
): LabelledRow[] {
  const known = new Set(rows.filter(isGrouped).map(({ recording }) => recording.group));
  for (const [split, groups] of Object.entries(named)) {
    const stranger = groups.find((group) => !known.has(group));
    if (stranger === undefined) continue;
    throw configError(
      `split.${split}: the data has no person or session "${stranger}"`,
      `it has ${[...known].join(', ')}`,
    );
  }
  return rows.map((row) => {
    const { group } = row.recording;
    if (group === undefined) throw noGroups(row);
    const isIn = (split: 'validation' | 'test') => named[split].includes(group);
    return withSplit(row, isIn('test') ? 'test' : isIn('validation') ? 'validation' : 'train');
  });
}

const withSplit = (row: LabelledRow, split: SplitName): LabelledRow => ({
  ...row,
  splits: { ...row.splits, split },
});

const noGroups = ({ id }: LabelledRow) =>
  configError(
    `row ${id} names no person or session to split by`,
    'remove `split` from the recipe, or say `by: row`',
  );
