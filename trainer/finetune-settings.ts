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

const members = z.int().min(2).max(20);
/** Whether the members learn from the same random windows, or each from its own copies of the rows. */
const windows = z.enum(['shared', 'own']).default('shared');

/** Several models are trained, and one is made of them. */
export const ensembleSettings = z.discriminatedUnion('into', [
  z.strictObject({
    /** The mean of their weights (Wortsman et al., 2022): they start alike and see the data in other orders. */
    into: z.literal('average'),
    members,
    windows,
  }),
  z.strictObject({
    /** A student that learns the mean of their answers (Hinton et al., 2015): each starts elsewhere. */
    into: z.literal('distil'),
    members,
    windows,
    /** How much of the student's target is the members'; the rest is the truth. */
    softShare: z.number().positive().max(1).default(0.7),
    /** Of the student; `finetune.steps` when absent. */
    steps: z.int().positive().optional(),
  }),
]);

export type EnsembleSettings = z.infer<typeof ensembleSettings>;

/** The linear layers of a block. */
const LINEAR_LAYERS = ['attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj'] as const;

/** Only low-rank changes of linear layers are trained (Hu et al., 2021); all else of the base stays as it is. */
export const loraSettings = z.strictObject({
  rank: z.int().min(1).max(256),
  /** A change counts alpha / rank; as much as the rank when absent. */
  alpha: z.number().positive().optional(),
  /** Share of an adapter's inputs that is dropped while training. */
  dropout: z.number().min(0).lt(1).default(0),
  targets: z
    .array(z.enum(LINEAR_LAYERS))
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'one of them is named twice')
    .default([...LINEAR_LAYERS]),
});

export type LoraSettings = z.infer<typeof loraSettings>;

/** Steps of the training whose weights are kept: the student's, where members teach one. */
export const finalSteps = (settings: {
  readonly steps: number;
  readonly ensemble?: EnsembleSettings | undefined;
}): number => (settings.ensemble?.into === 'distil' ? settings.ensemble.steps : undefined) ?? settings.steps;
