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
