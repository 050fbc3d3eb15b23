import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../commandline/package.ts';
import { sha256 } from '../model/bundle.ts';
import { VARIANT_NAMES } from '../model/quantize.ts';
import { checkShape, type GptShape } from '../model/shape.ts';
import { configError, TinyError } from '../protocols/errors.ts';
import { parseTaskSpec, schemaError, type TaskSpec } from '../protocols/task.ts';
import { readConfigFile, readYaml } from '../protocols/yaml.ts';
import { augmentation, channelsOf } from './augment/augment.ts';
import { OWN_DATA_SETS, ownDataKeys } from './datasets/own-data.ts';
import { DATASET_NAMES } from './datasets/registry.ts';
import { finetuneSettings } from './finetune-settings.ts';
import { type Base, openBase } from './open-base.ts';
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

export interface LoadedRecipe extends Omit<Recipe, 'base'> {
  /** Its file as a reader elsewhere may find it: below this package, or a person's own by its name alone. */
  readonly file: string;
  readonly spec: TaskSpec;
  /** What to start from instead of `model`, `tokenizer` and `initial`. */
  readonly base?: Base;
  /** SHA-256 over the recipe and its task file. */
  readonly hash: string;
}

/**
 * Read a recipe, its task and its base. Throws `TinyError` (exit 78) naming file, key and fix.
 *
 * @param chosenBase a folder to start from in the place of the recipe's base, or of a start from scratch
 */
export async function loadRecipe(path: string, chosenBase?: string): Promise<LoadedRecipe> {
  const parsed = recipe.safeParse(await readYaml(path));
  if (!parsed.success) throw schemaError(path, parsed.error);
  const taskPath = resolve(dirname(path), parsed.data.task);
  const spec = parseTaskSpec(await readYaml(taskPath), taskPath);
  checkTogether(path, parsed.data, spec);
  const { base: named, ...rest } = parsed.data;
  const folder = chosenBase ?? (named && resolve(dirname(path), named.from));
  const base = folder === undefined ? undefined : await openBase(folder);
  checkStart(path, parsed.data, base, chosenBase !== undefined);
  const texts = [await readConfigFile(path), await readConfigFile(taskPath)];
  return { ...rest, file: portableName(path), spec, hash: sha256(texts.join('\0')), ...(base && { base }) };
}

/** A card must not tell how the folders of a machine are called. */
function portableName(path: string): string {
  const below = relative(packageRoot(), resolve(path));
  return below.startsWith('..') || isAbsolute(below) ? basename(path) : below.split(sep).join('/');
}

/** A model starts from scratch, for which the recipe says all there is to say, or from a base, which it does not contradict. */
function checkStart(
  path: string,
  { model, tokenizer, initial, finetune }: Recipe,
  base: Base | undefined,
  isChosen: boolean,
): void {
  if (base === undefined) {
    for (const [key, value] of Object.entries({ model, tokenizer, initial })) {
      if (value !== undefined) continue;
      throw configError(
        `${path}: ${key} is missing`,
        'a model from scratch needs model, tokenizer and initial; to start from a model, name it: `base: { from: FOLDER }`',
      );
    }
    if (finetune.lora) {
      throw configError(
        `${path}: finetune.lora: adapters change a model that has learnt something, and there is no base`,
        'name one, `base: { from: FOLDER }`, or remove the key: a model from scratch trains all its weights',
      );
    }
    return;
  }
  // A base on the command line takes the place of a start from scratch.
  if (initial !== undefined && !isChosen) {
    throw configError(
      `${path}: initial: the weights come from ${base.folder}`,
      'remove `initial` or `base`: a model starts from one of them',
    );
  }
  const size = ({ layers, width, heads }: Pick<GptShape, 'layers' | 'width' | 'heads'>): string =>
    `${layers} x ${width} with ${heads} heads`;
  if (model !== undefined && size(model) !== size(base.shape)) {
    throw configError(
      `${path}: model: the base ${base.folder} is ${size(base.shape)}, the recipe says ${size(model)}`,
      'remove `model` from the recipe: the shape is that of the base; or start from another base',
    );
  }
}

/** What the schema cannot see: whether the recipe's parts fit one another and the task. */
function checkTogether(path: string, recipe: Recipe, spec: TaskSpec): void {
  const { prompt, windows, model, initial, finetune } = recipe;
  const refuse = (key: string, what: string, hint: string): TinyError =>
    configError(`${path}: ${key}: ${what}`, hint);
  const channels = spec.input.channels.map(({ channel }) => channel);
  const named: [key: string, channels: readonly string[]][] = [
    ['prompt.spacing', Object.keys(prompt.spacing)],
    ...windows.augment.map((rule, i): [string, readonly string[]] => [
      `windows.augment.${i}`,
      channelsOf(rule),
    ]),
  ];
  for (const [key, names] of named) {
    const stranger = names.find((name) => !channels.includes(name));
    if (stranger !== undefined) {
      const hint = `its channels are ${channels.join(', ')}`;
      throw refuse(key, `"${stranger}" is no channel of task ${spec.name}`, hint);
    }
  }
  for (const [key, sets] of Object.entries(OWN_DATA_SETS)) {
    if (recipe[key as keyof typeof OWN_DATA_SETS] === undefined || sets.includes(recipe.dataset)) continue;
    throw refuse(
      key,
      `it is not for data set ${recipe.dataset}`,
      `remove it, or say \`dataset: ${sets[0]}\``,
    );
  }
  if (recipe.split && recipe.splitColumn !== undefined) {
    throw refuse('split', 'the rows are split already, by splitColumn', 'keep one of the two');
  }
  if (recipe.synthetic && (recipe.split ?? recipe.splitColumn ?? recipe.crossValidation) !== undefined) {
    const hint = 'remove split, splitColumn and crossValidation: all rows that were measured are test rows';
    throw refuse(
      'synthetic',
      'the rows are split already, into those that are invented and the others',
      hint,
    );
  }
  const triggered = windows.starts.findIndex(({ from }) => from === 'trigger');
  if (triggered >= 0 && !spec.window.trigger) {
    const hint = 'say `from: row`, or give the task a window.trigger';
    throw refuse(`windows.starts.${triggered}.from`, `task ${spec.name} has no trigger`, hint);
  }
  if (windows.recombine && spec.input.kind !== 'snapshot') {
    const hint = 'remove the key: the channels of a time step belong together';
    throw refuse('windows.recombine', `task ${spec.name} does not read snapshots`, hint);
  }
  if (initial === 'smooth' && prompt.template !== 'stream') {
    const hint = 'say `initial: gpt2`, or use the stream template';
    throw refuse('initial', '`smooth` orders the numbers of the stream template', hint);
  }
  const isStream = prompt.template === 'stream' && spec.input.kind === 'rate';
  if (finetune.earlyLoss && !(isStream && spec.answers.kind === 'labels')) {
    const hint =
      'remove the key; it takes the stream template and a task with time steps which asks for labels only';
    throw refuse('finetune.earlyLoss', 'there are no time steps at which a label could be asked for', hint);
  }
  if (finetune.sampleLoss && !isStream) {
    const hint = 'remove the key; it takes the stream template and a task with time steps';
    throw refuse('finetune.sampleLoss', 'its prompts hold no samples in a row', hint);
  }
  if (finetune.ensemble?.into === 'distil' && spec.answers.kind !== 'labels') {
    throw refuse('finetune.ensemble', 'a student learns labels only', 'say `into: average`');
  }
  try {
    // Context and vocabulary come from the data, later.
    if (model) checkShape({ ...model, context: 1, vocab: 1 });
  } catch (error) {
    if (error instanceof TinyError) throw refuse('model', error.message, error.hint);
    throw error;
  }
}
