import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { sha256 } from '../model/bundle.ts';
import { configError } from '../protocols/errors.ts';
import { parseTaskSpec, schemaError, type TaskSpec } from '../protocols/task.ts';
import { DATASET_NAMES } from './datasets/dataset.ts';

/** How a model is made (configs/recipes/*.yaml): which data for which task, which model, how trained. */
export type Recipe = z.infer<typeof recipe>;
export type StartRule = Recipe['windows']['starts'][number];

const share = z.number().min(0).max(1);

const startRule = z.strictObject({
  /** Windows begin at the row's first sample, or where the task's trigger opens them. */
  from: z.enum(['row', 'trigger']),
  /** .. moved by a whole number of samples, uniform in [-shiftSamples, shiftSamples]. */
  shiftSamples: z.int().min(0),
  /** This rule's share of the windows. */
  share: share,
});

const scaling = z.strictObject({
  /** These channels are multiplied together by exp(sigma * normal): another brightness, another strength. */
  channels: z.array(z.string()).min(1),
  sigma: z.number().positive(),
});

/** Level edges evenly spaced in asinh((value - centre) / scale): fine near the centre, coarse far from it. */
const spacing = z.strictObject({ centre: z.number(), scale: z.number().positive() });

export const recipe = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  /** The task's file, relative to the recipe. */
  task: z.string(),
  dataset: z.enum(DATASET_NAMES),
  prompt: z.strictObject({
    template: z.enum(['stream', 'tinyllm-paper']),
    /** Levels a channel is quantised to (stream template). */
    levels: z.int().min(2).max(361),
    /** By channel; a channel that is not named is centred on its median. */
    spacing: z.record(z.string(), spacing).default({}),
  }),
  /** `small`: a vocabulary of this task's numbers, words and labels. */
  tokenizer: z.enum(['small', 'gpt2']),
  windows: z.strictObject({
    /** Windows made from each training row. */
    copies: z.int().min(1),
    starts: z.array(startRule).min(1),
    scale: z.array(scaling).default([]),
  }),
  model: z.strictObject({ layers: z.int(), width: z.int(), heads: z.int() }),
  initial: z.enum(['smooth', 'gpt2']),
  finetune: z.strictObject({
    steps: z.int().positive(),
    batch: z.int().positive(),
    learningRate: z.number().positive(),
    warmupSteps: z.int().min(0),
    weightDecay: z.number().min(0),
    beta1: share,
    beta2: share,
    clip: z.number().positive(),
    labelSmoothing: share.default(0),
    /** The running average of the weights, which is what is kept, moves by this share a step. */
    averageRate: share,
    evaluateEvery: z.int().positive(),
  }),
  bundle: z.strictObject({
    /** Examples with expected answers that travel in the bundle. */
    golden: z.int().min(1),
    maxBytes: z.int().positive(),
  }),
  /** What the card says beside the figures, Markdown. */
  card: z.strictObject({ data: z.string(), limits: z.string() }),
});

export interface LoadedRecipe extends Recipe {
  readonly spec: TaskSpec;
  /** SHA-256 over the recipe and its task file. */
  readonly hash: string;
}

/** Read a recipe and its task. Throws `TinyError` (exit 78) naming file, key and fix. */
export async function loadRecipe(path: string): Promise<LoadedRecipe> {
  const text = await readText(path);
  const parsed = recipe.safeParse(parseYaml(text, path));
  if (!parsed.success) throw schemaError(path, parsed.error);
  const taskPath = resolve(dirname(path), parsed.data.task);
  const taskText = await readText(taskPath);
  const spec = parseTaskSpec(parseYaml(taskText, taskPath), taskPath);
  return { ...parsed.data, spec, hash: sha256(`${text}\0${taskText}`) };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw configError(
      `cannot read ${path}`,
      'check the path; the recipes that ship are in configs/recipes',
      cause,
    );
  }
}

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw configError(
      `${path} is not YAML: ${(cause as Error).message}`,
      'check the indentation there',
      cause,
    );
  }
}
