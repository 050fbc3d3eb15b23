import { sha256 } from '../../model/bundle.ts';
import type { Recipe } from '../recipe-keys.ts';
import { type Dataset, rowsOfSplit } from './dataset.ts';

/** The rows from which a model of this recipe learns in the end. */
export const taughtRows = ({ refit }: Pick<Recipe, 'refit'>, dataset: Dataset): Dataset =>
  refit ? withValidationTaught(dataset) : dataset;

/** Validation rows also train; they stay where they are for what still asks for them. */
function withValidationTaught({ rows, skipped, hash }: Dataset): Dataset {
  const both = rowsOfSplit(rows, 'validation').map((row) => ({
    ...row,
    splits: { ...row.splits, split: 'train' },
  }));
  return { rows: [...rows, ...both], skipped, hash: sha256(JSON.stringify([hash, 'validation taught'])) };
}
