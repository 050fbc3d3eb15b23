import { z } from 'zod';
import { VARIANT_NAMES } from '../model/quantize.ts';
import { augmentation } from './augment/augment.ts';
import { ownDataKeys } from './datasets/own-data.ts';
import { DATASET_NAMES } from './datasets/registry.ts';
import { finetuneSettings } from './finetune-settings.ts';
import { synthetic } from './synthetic/synthetic.ts';

/** How a model is made (configs/recipes/*.yaml): which data for which task, which model, how trained. */
export type Recipe = z.infer<typeof recipe>;
export type StartRule = Recipe['windows']['starts'][number];

const startRule = z.strictObject({
  /** Windows begin at the row's first sample, or where the task's trigger opens them. */
  from: z.enum(['row', 'trigger']),
  /** .. moved by a whole number of samples, uniform in [-shiftSamples, shiftSamples]. */
  shiftSamples: z.int().min(0),
  /** This rule's share of the windows. */
  share: z.number().positive().max(1),
});

/** Level edges evenly spaced in asinh((value - centre) / scale): fine near the centre, coarse far from it. */
const spacing = z.strictObject({ centre: z.number(), scale: z.number().positive() });

export const recipe = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  /** The task's file, relative to the recipe. */
  task: z.string(),
  dataset: z.enum(DATASET_NAMES),
  /** Only rows with these tags, where a set holds several in one: `{ device: sw }`, `{ room: WiFi-S3 }`. */
  where: z.record(z.string(), z.string()).optional(),
  /** The column of the rows that names their split, where it is not the set's usual one. */
  splitColumn: z.string().optional(),
  ...ownDataKeys,
  /** Rows that are invented for training and validation, where those which were measured are too few: all of these are then test rows. */
  synthetic: synthetic.optional(),
  prompt: z.strictObject({
    template: z.enum(['stream', 'tinyllm-paper']),
    /** Levels a channel is quantised to (stream template). */
    levels: z.int().min(2).max(361),
    /** By channel; a channel that is not named is centred on its median. */
    spacing: z.record(z.string(), spacing).default({}),
  }),
  /**
   * A model to start from (open-base.ts), relative to the recipe: shape and tokenizer are its own. Without a base, `model`,
   * `tokenizer` and `initial` say how a model is made from scratch.
   */
  base: z.strictObject({ from: z.string() }).optional(),
  /** `small`: a vocabulary of this task's numbers, words and labels. */
  tokenizer: z.enum(['small', 'gpt2']).optional(),
  /** Leaves the tokens which the task never uses out of model and tokenizer, before it is trained. */
  pruneVocabulary: z.boolean().default(false),
  windows: z.strictObject({
    /** Windows made from each training row. */
    copies: z.int().min(1),
    starts: z.array(startRule).min(1),
    /** A training window that was moved is labelled by what fills most of it, where the recording around its row says so. */
    relabel: z.boolean().default(false),
    /** Snapshots only: each channel's value is drawn from any training row of the same answer (augment/recombine.ts). */
    recombine: z.boolean().default(false),
    /** Applied in this order to the readings of every training window. */
    augment: z.array(augmentation).default([]),
  }),
  /** How the targets of numbers are made. `jitter`: they are drawn around the truth with this deviation, in the number's unit. */
  numbers: z.strictObject({ jitter: z.number().min(0).default(0) }).default({ jitter: 0 }),
  model: z.strictObject({ layers: z.int(), width: z.int(), heads: z.int() }).optional(),
  initial: z.enum(['smooth', 'gpt2']).optional(),
  finetune: finetuneSettings,
  /**
   * Where persons are few: when the validation split has done its work, a model is trained anew by its rows too, for so many
   * steps, and ships with its last weights (stages/refit.ts).
   */
  refit: z.strictObject({ steps: z.int().positive() }).optional(),
  /** Variants of the finished model. The first that is accepted is the bundle's default. */
  quantize: z
    .strictObject({
      variants: z
        .array(z.enum(VARIANT_NAMES))
        .refine((names) => names.includes('fp32'), 'fp32 must be among them: the others are compared with it')
        .refine((names) => new Set(names).size === names.length, 'a variant is named twice'),
      /** Accuracy or macro-F1 on the validation split that a variant may lose against fp32; more, and it is refused. */
      maxDrop: z.number().min(0).max(1).default(0.005),
      /** Share by which the mean absolute error of a number may rise against fp32 there. */
      maxRise: z.number().min(0).default(0.05),
    })
    .default({ variants: ['fp32'], maxDrop: 0.005, maxRise: 0.05 }),
  bundle: z.strictObject({
    /** Examples with expected answers that travel in the bundle. */
    golden: z.int().min(1),
    /** Rows of the validation split, or invented windows where the licence lets no row be passed on. */
    goldenFrom: z.enum(['validation', 'synthetic']).default('validation'),
    maxBytes: z.int().positive(),
    /** Only the adapter that was trained, beside the base that it changes, which the bundles of other tasks may share. */
    adapter: z.boolean().optional(),
  }),
  /**
   * Also measure by k-fold over the groups (sessions, persons) that the rows name: no group stands on both sides.
   * One fold is the test, the next one chooses the checkpoint, the others train.
   */
  crossValidation: z.strictObject({ folds: z.int().min(3).max(20) }).optional(),
  /**
   * Classical methods stand beside the model: taught by the training rows in place, and by as many of the model's augmented
   * windows (0 for none; 3000 when absent, 12000 in cross-validation).
   */
  baselines: z.union([z.boolean(), z.strictObject({ augmentedWindows: z.int().min(0) })]).default(true),
  /** What the card says beside the figures, Markdown. */
  card: z.strictObject({ data: z.string(), limits: z.string() }),
});
