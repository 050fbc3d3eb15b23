import { z } from 'zod';
import { PRESETS } from '../model/shape.ts';

/** Models that a CPU can pre-train, by their parameters in millions with 4,096 tokens and a context of 256. */
const SMALL_PRESETS = {
  '0.5M': { layers: 4, width: 64, heads: 2 },
  '1M': { layers: 3, width: 128, heads: 4 },
  '3M': { layers: 5, width: 192, heads: 6 },
  '5M': { layers: 7, width: 224, heads: 7 },
} as const;

/** Models by the count of their parameters; those of the paper have it with GPT-2's vocabulary. */
export const MODEL_PRESETS = { ...SMALL_PRESETS, ...PRESETS };
const presetNames = Object.keys(MODEL_PRESETS) as (keyof typeof MODEL_PRESETS)[];

/** A preset by its parameters, or a shape; vocabulary and context come from the corpus and from `pretrain.context`. */
export const modelChoice = z.union([
  z.enum(presetNames),
  z.strictObject({ layers: z.int(), width: z.int(), heads: z.int() }),
]);

export type ModelChoice = z.infer<typeof modelChoice>;

/** Of a running average: at 1 it would never move, or never remember. */
const decay = z.number().min(0).lt(1);

const schedule = z.discriminatedUnion('kind', [
  /** Half a cosine, down to a fiftieth. */
  z.strictObject({ kind: z.literal('cosine') }),
  /** Warm-up, stable, decay: the peak is held, then falls to nothing over the last share of the steps. */
  z.strictObject({
    kind: z.literal('wsd'),
    decayShare: z.number().positive().max(1).default(0.2),
  }),
]);

export type Schedule = z.infer<typeof schedule>;

const outlierSettings = z.strictObject({
  /** Standard deviations above the mean of the last steps. */
  deviations: z.number().positive().default(6),
  /** How many last steps. */
  window: z.int().min(8).max(4096).default(128),
});

export type OutlierSettings = z.infer<typeof outlierSettings>;

/** How a model is pre-trained: a recipe's `pretrain`. */
export const pretrainSettings = z.strictObject({
  /** Tokens to train on; whole steps of `batch` sequences are made of them. */
  tokens: z.int().positive(),
  /** Tokens of a sequence, and the longest text the model will be able to read. */
  context: z.int().min(2).default(1024),
  /** Sequences of an update, over all devices. */
  batch: z.int().positive(),
  /** Sequences that one device works on at once; its share of the batch is made of several when memory is short. */
  microBatch: z.int().positive().optional(),
  learningRate: z.number().positive(),
  warmupSteps: z.int().min(0),
  schedule: schedule.default({ kind: 'wsd', decayShare: 0.2 }),
  weightDecay: z.number().min(0).default(0.1),
  beta1: decay.default(0.9),
  beta2: decay.default(0.95),
  clip: z.number().positive().default(1),
  /** Updates between two validations, each followed by a checkpoint. */
  evaluateEvery: z.int().positive(),
  /** Sequences of the validation split that each validation reads, from its beginning. */
  validationSequences: z.int().positive().default(64),
  /** A step whose loss or gradient lies far outside what the last ones had changes nothing. */
  outliers: outlierSettings.default({ deviations: 6, window: 128 }),
  /** What the model makes of the beginnings of texts, shown at every validation. */
  samples: z
    .strictObject({
      prompts: z.array(z.string().min(1)).min(1),
      tokens: z.int().positive().default(32),
    })
    .optional(),
  /** Asked of every checkpoint about the beginning of the validation split (language/language-report.ts); 0 kB leave it out. */
  language: z
    .strictObject({ textKb: z.number().min(0).default(32), questions: z.int().min(0).default(32) })
    .default({ textKb: 32, questions: 32 }),
});

export type PretrainSettings = z.infer<typeof pretrainSettings>;
