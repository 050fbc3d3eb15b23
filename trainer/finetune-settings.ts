import { z } from 'zod';

/** The label is asked for before the window has ended, too: a little at each of its later time steps. */
const earlyLossSettings = z.strictObject({
  /** Share of the window that has been read before the first of them. */
  fromShare: z.number().min(0).lt(1),
  /** What they count together, where each token of the answer counts 1. */
  weight: z.number().positive(),
});

export type EarlyLossSettings = z.infer<typeof earlyLossSettings>;

/** The model also foretells each next sample of the window, as a language model does: what it needs to know of the signal. */
const sampleLossSettings = z.strictObject({
  /** What the samples count together, where each token of the answer counts 1. */
  weight: z.number().positive(),
});

export type SampleLossSettings = z.infer<typeof sampleLossSettings>;

/** Rare labels and seldom seen persons are drawn more often. */
const balanceSettings = z.strictObject({
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
const ensembleSettings = z.discriminatedUnion('into', [
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

/** Of a running average: at 1 it would never move, or never remember. */
const decay = z.number().min(0).lt(1);

/** How a model is trained: a recipe's `finetune`. */
export const finetuneSettings = z.strictObject({
  steps: z.int().positive(),
  batch: z.int().positive(),
  learningRate: z.number().positive(),
  warmupSteps: z.int().min(0),
  weightDecay: z.number().min(0),
  beta1: decay,
  beta2: decay,
  clip: z.number().positive(),
  labelSmoothing: decay.default(0),
  /** Share of the features that are dropped from the embedding and the residual branches while training. */
  dropout: decay.default(0),
  /** The running average of the weights, which is what is kept, moves by this share a step. */
  averageRate: z.number().positive().max(1),
  evaluateEvery: z.int().positive(),
  /** Whose weights are kept: those of the best validation, unless it says `last`. */
  keep: z.enum(['best', 'last']).optional(),
  earlyLoss: earlyLossSettings.optional(),
  sampleLoss: sampleLossSettings.optional(),
  balance: balanceSettings.optional(),
  /** Ends the training after so many validations without a better one; the learning rate falls over `steps` all the same. */
  patience: z.int().positive().optional(),
  ensemble: ensembleSettings.optional(),
  lora: loraSettings.optional(),
});

export type FinetuneSettings = z.infer<typeof finetuneSettings>;

/** Steps of the training whose weights are kept: the student's, where members teach one. */
export const finalSteps = ({ steps, ensemble }: FinetuneSettings): number =>
  (ensemble?.into === 'distil' ? ensemble.steps : undefined) ?? steps;
