import { z } from 'zod';
import { csvColumns } from './csv-columns.ts';

const share = z.number().positive().lt(1);

/**
 * How rows without a split of their own are split: whole groups (persons, sessions) by their names, or dealt by shares of
 * the rows. `by: row` deals them one by one, which leaks wherever neighbouring rows are alike.
 */
export const splitRule = z
  .strictObject({
    by: z.enum(['group', 'row']).default('group'),
    validation: z.array(z.string()).min(1).optional(),
    test: z.array(z.string()).min(1).optional(),
    shares: z.strictObject({ validation: share, test: share }).optional(),
  })
  .refine(({ validation, test }) => (validation === undefined) === (test === undefined), {
    message: 'name the groups of both, `validation` and `test`; all others train',
  })
  .refine(({ test, shares }) => test === undefined || shares === undefined, {
    message: 'give `shares`, or the groups of `validation` and `test`',
  })
  .refine(({ by, test }) => by === 'group' || test === undefined, {
    message: '`by: row` takes `shares`: rows have no names that a person would know',
    path: ['by'],
  })
  .refine(({ shares }) => shares === undefined || shares.validation + shares.test < 1, {
    message: 'nothing would be left to train',
    path: ['shares'],
  })
  .refine(({ validation = [], test = [] }) => !validation.some((name) => test.includes(name)), {
    message: 'a group is in both, validation and test',
  });
export type SplitRule = z.infer<typeof splitRule>;

/** What a recipe says of a person's own data (docs/your-own-data.md). */
export const ownDataKeys = {
  /** What the columns mean, for `dataset: csv`. */
  csv: csvColumns.optional(),
  /** Labels of the data that are no answers of the task: what was measured under them is left out. */
  ignoreLabels: z.array(z.string()).optional(),
  /** How to split by whole persons or sessions. Without it, a column `split` counts; else they are dealt 60 : 20 : 20. */
  split: splitRule.optional(),
  /**
   * The data has rows of one person or session in several splits, and that is known: card and report then say so. Without
   * it, such data is refused.
   */
  splitsShareGroups: z.literal(true).optional(),
};

/** For which data sets a key is. */
export const OWN_DATA_SETS: Readonly<Record<'csv' | 'ignoreLabels', readonly string[]>> = {
  csv: ['csv'],
  ignoreLabels: ['csv', 'recordings'],
};
