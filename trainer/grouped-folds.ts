import { sha256 } from '../model/bundle.ts';
import { configError } from '../protocols/errors.ts';
import { type Dataset, distinct, type LabelledRow, type SplitName } from './datasets/dataset.ts';
import { groupBy } from './group-by.ts';

/** A row that names its person or session: what honest splits are made by. */
export type GroupedRow = LabelledRow & { readonly recording: { readonly group: string } };

export const isGrouped = (row: LabelledRow): row is GroupedRow => row.recording.group !== undefined;

/** What a recipe says of its folds. */
interface Folded {
  readonly name: string;
  readonly dataset: string;
  readonly crossValidation?: { readonly folds: number } | undefined;
}

/** Distinct rows of the whole set, dealt into as many folds as the recipe asks for. Throws `TinyError` when one names no group. */
export function foldsOf({ name, dataset, crossValidation }: Folded, { rows }: Dataset): GroupedRow[][] {
  const all = distinct(rows);
  const grouped = all.filter(isGrouped);
  if (grouped.length === all.length) return deal(grouped, crossValidation!.folds);
  throw configError(
    `recipe ${name} asks for crossValidation, but ${all.length - grouped.length} rows of ${dataset} name no session`,
    'remove crossValidation from the recipe, or give data that names sessions',
  );
}

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
  const byGroup = groupBy(rows, ({ recording }) => recording.group);
  const dealt: GroupedRow[][] = shares.map(() => []);
  const sharedLabels = (fold: readonly GroupedRow[], group: readonly GroupedRow[]): number =>
    fold.reduce((sum, { label }) => sum + group.filter((row) => row.label === label).length, 0);
  for (const group of [...byGroup.values()].sort((a, b) => b.length - a.length)) {
    const cost = dealt.map((fold, f) => (sharedLabels(fold, group) + fold.length / rows.length) / shares[f]!);
    dealt[cost.indexOf(Math.min(...cost))]!.push(...group);
  }
  return dealt;
}

/** The set with its rows split anew: fold `k` is the test, the next one validation, the others train. */
export function foldOf(dataset: Dataset, folds: readonly (readonly LabelledRow[])[], k: number): Dataset {
  const splitOf = (fold: number): SplitName =>
    fold === k ? 'test' : fold === (k + 1) % folds.length ? 'validation' : 'train';
  const rows = folds.flatMap((fold, f) => fold.map((row) => ({ ...row, splits: { split: splitOf(f) } })));
  const splits = rows.map(({ id, splits: { split } }) => [id, split]);
  return { rows, skipped: [], hash: sha256(JSON.stringify([dataset.hash, splits])) };
}
