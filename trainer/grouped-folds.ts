import { configError } from '../protocols/errors.ts';
import type { LabelledRow } from './datasets/dataset.ts';

/** A row that names its person or session: what honest splits are made by. */
export type GroupedRow = LabelledRow & { readonly recording: { readonly group: string } };

export const isGrouped = (row: LabelledRow): row is GroupedRow => row.recording.group !== undefined;

/**
 * Groups dealt whole into folds, the largest first, each where its labels are rarest, so that every fold is a small
 * picture of the set. Depends on nothing but the rows.
 */
export function deal(rows: readonly GroupedRow[], folds: number): GroupedRow[][] {
  const groups = new Set(rows.map(({ recording }) => recording.group)).size;
  if (groups < folds) {
    throw configError(
      `${groups} sessions cannot be dealt into ${folds} folds`,
      'lower crossValidation.folds in the recipe',
    );
  }
  return dealByShares(rows, new Array<number>(folds).fill(1));
}

/**
 * The same with folds of different sizes. With as many groups as folds or more, no fold is empty.
 *
 * @param shares how large each fold should be, beside the others; all above 0
 */
export function dealByShares(rows: readonly GroupedRow[], shares: readonly number[]): GroupedRow[][] {
  const byGroup = new Map<string, GroupedRow[]>();
  for (const row of rows) {
    const { group } = row.recording;
    const known = byGroup.get(group);
    if (known) known.push(row);
    else byGroup.set(group, [row]);
  }
  const dealt: GroupedRow[][] = shares.map(() => []);
  const sharedLabels = (fold: readonly GroupedRow[], group: readonly GroupedRow[]): number =>
    fold.reduce((sum, { label }) => sum + group.filter((row) => row.label === label).length, 0);
  for (const group of [...byGroup.values()].sort((a, b) => b.length - a.length)) {
    const cost = dealt.map((fold, f) => (sharedLabels(fold, group) + fold.length / rows.length) / shares[f]!);
    dealt[cost.indexOf(Math.min(...cost))]!.push(...group);
  }
  return dealt;
}
