import { z } from 'zod';

/** Parts of a recipe's `finetune` which are off unless a recipe names them (docs/fine-tuning.md). */

/** The label is asked for before the window has ended, too: a little at each of its later time steps. */
export const earlyLossSettings = z.strictObject({
  /** Share of the window that has been read before the first of them. */
  fromShare: z.number().min(0).lt(1),
  /** What they count together, where each token of the answer counts 1. */
  weight: z.number().positive(),
});

export type EarlyLossSettings = z.infer<typeof earlyLossSettings>;

/** Rare labels and seldom seen persons are drawn more often. */
export const balanceSettings = z.strictObject({
  /** What is made more even: labels, groups (sessions, persons), or with both the labels of each group. */
  by: z
    .array(z.enum(['label', 'group']))
    .min(1)
    .refine((kinds) => new Set(kinds).size === kinds.length, 'one of them is named twice'),
  /** An example is drawn in proportion to (examples of its kind)^-power: 0 as they come, 1 all kinds alike. */
  power: z.number().min(0).max(1).default(0.5),
});

export type BalanceSettings = z.infer<typeof balanceSettings>;
