import { z } from 'zod';
import { sha256 } from '../../model/bundle.ts';
import { RandomStream } from '../../model/random.ts';
import type { Dataset, LabelledRow } from '../datasets/dataset.ts';
import { breathingRow } from './breathing.ts';

/** Rows that are invented where a set has too few to learn from. */
export type Synthetic = z.infer<typeof synthetic>;

export const synthetic = z.strictObject({
  kind: z.enum(['breathing']),
  /** Rows that are added to the training split .. */
  train: z.int().min(1).max(200_000),
  /** .. and to the validation split. */
  validation: z.int().min(1).max(10_000),
});

/**
 * A set whose training and validation rows are all invented: every row that was measured is a test row, whatever its own
 * split says, and no model has met any of them. The invented rows are a function of the seed.
 */
export function withSynthetic(
  dataset: Dataset,
  { kind, train, validation }: Synthetic,
  seed: number,
): Dataset {
  const random = RandomStream.seeded(seed).fork('synthetic', kind);
  const rows = (split: 'train' | 'validation', count: number) =>
    Array.from({ length: count }, (_, i) => invent(kind, `synthetic-${split}-${i}`, split, random));
  const measured = dataset.rows.map((row) => ({ ...row, splits: { ...row.splits, split: 'test' } }));
  return {
    rows: [...rows('train', train), ...rows('validation', validation), ...measured],
    skipped: dataset.skipped,
    hash: sha256(JSON.stringify([dataset.hash, { kind, train, validation }, seed])),
  };
}

function invent(kind: Synthetic['kind'], id: string, split: string, random: RandomStream): LabelledRow {
  switch (kind) {
    case 'breathing':
      return breathingRow(id, split, random.fork(id));
  }
}
