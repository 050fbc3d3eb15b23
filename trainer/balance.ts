import { configError } from '../protocols/errors.ts';
import { type ExampleSet, exampleCount } from './example-set.ts';
import type { BalanceSettings } from './finetune-settings.ts';

/**
 * How often each example should be drawn in a pass: in proportion to (examples of its cell)^-power, where a cell is a
 * label, a group (session, person) or a label of a group. Power 0 draws all alike, 1 each cell alike.
 *
 * @returns (examples) adding up to their number
 */
export function cellWeights(set: ExampleSet, { by, power }: BalanceSettings): Float64Array {
  const { label, group } = set;
  if (by.includes('group') && !group) {
    throw configError(
      'finetune.balance asks for groups, but not every training row names one',
      'balance by [label] alone, or give data that names sessions; then prepare in a new --out folder',
    );
  }
  const cells = Array.from(label, (own, i) =>
    by.map((kind) => (kind === 'label' ? own : group![i])).join(' '),
  );
  const sizes = new Map<string, number>();
  for (const cell of cells) sizes.set(cell, (sizes.get(cell) ?? 0) + 1);
  const weights = Float64Array.from(cells, (cell) => sizes.get(cell)! ** -power);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (weight * exampleCount(set)) / total);
}
