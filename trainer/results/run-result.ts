import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { configError } from '../../protocols/errors.ts';
import { checked } from '../../protocols/schema-error.ts';

/**
 * What a training leaves in `docs/results/<recipe>/<seed>.json`: its figures with all that is needed to find them again.
 * Shares lie in [0, 1]. What was not run is null or absent, and stays blank in docs/results.md.
 */
export type RunResult = z.infer<typeof runResult>;
export type MethodResult = z.infer<typeof methodResult>;

const interval = z.tuple([z.number(), z.number()]);
const share = z.number().nullable().default(null);
const byNumber = z.record(z.string(), z.number()).nullable().default(null);

/** The model's figure less the method's, with its 95 % interval by paired bootstrap. */
const lead = z.strictObject({ value: z.number(), ci95: interval });

const figures = {
  accuracy: share,
  macroF1: share,
  ci95: z
    .strictObject({
      accuracy: interval.nullable().default(null),
      macroF1: interval.nullable().default(null),
      mae: z.record(z.string(), interval).optional(),
      positionErrorM: interval.optional(),
    })
    .nullable()
    .default(null),
  /** Mean absolute error of each number, in its unit. */
  mae: byNumber,
  positionErrorM: share,
};

const methodResult = z.object({
  name: z.string(),
  ...figures,
  shiftMean: share,
  modelMinusThis: z
    .object({
      accuracy: lead.nullable().default(null),
      macroF1: lead.nullable().default(null),
      /** Of errors: below 0, the model errs less. */
      mae: z.record(z.string(), lead).nullable().default(null),
      positionErrorM: lead.nullable().default(null),
    })
    .nullable()
    .default(null),
  windows: z.int().nullable().default(null),
});

/** Persons or sessions of the rows, by the accuracy of their own rows. */
const groupSummary = z.strictObject({
  n: z.int(),
  lowest: z.number().nullable(),
  median: z.number().nullable(),
});

const splitResult = z.strictObject({
  split: z.string(),
  /** Distinct rows. */
  n: z.int(),
  ...figures,
  shiftMean: share,
  ece: share,
  groups: groupSummary.nullable().default(null),
  /** On the same rows; null where none were asked for. */
  baselines: z.array(methodResult).nullable().default(null),
});

const foldsResult = z.strictObject({
  folds: z.int(),
  groups: z.int(),
  n: z.int(),
  ...figures,
  baselines: z.array(methodResult).nullable().default(null),
});

const variantResult = z.strictObject({
  name: z.string(),
  accepted: z.boolean(),
  fileBytes: z.int(),
  accuracy: share,
  macroF1: share,
  mae: byNumber,
  /** Share of the test rows that are answered as fp32 does. */
  agreement: share,
  latencyMs: z.strictObject({ p50: z.number(), p95: z.number() }).nullable().default(null),
  tokensPerS: z.number().nullable().default(null),
  peakMemoryMb: z.number().nullable().default(null),
});

export const runResult = z.strictObject({
  recipe: z.string(),
  /** SHA-256 over recipe and task. */
  recipeHash: z.string(),
  /** Of the checkout that trained it; null where there is none. */
  commit: z.string().nullable(),
  /** ISO 8601. */
  date: z.iso.datetime(),
  seed: z.int(),
  task: z.string(),
  dataset: z.string(),
  /** On the split's own test rows. */
  test: splitResult.nullable().default(null),
  crossValidation: foldsResult.nullable().default(null),
  parameters: z.int().nullable().default(null),
  /** Prefix, window and answer. */
  tokensPerWindow: z.int().nullable().default(null),
  training: z
    .strictObject({
      /** Wall clock; of its last part only where it was interrupted. */
      minutes: z.number(),
      threads: z.int(),
      isResumed: z.boolean(),
    })
    .nullable()
    .default(null),
  bundleBytes: z.int().nullable().default(null),
  variants: z.array(variantResult).default([]),
});

/**
 * Every result below a folder, by recipe and seed. Throws `TinyError` naming the file that is not one.
 * @param folder such as docs/results
 */
export async function readResults(folder: string): Promise<RunResult[]> {
  const files = (await readdir(folder, { recursive: true }).catch(() => [])).filter((file) =>
    file.endsWith('.json'),
  );
  const results = await Promise.all(files.map((file) => readResult(join(folder, file))));
  return results.sort((a, b) => (a.recipe === b.recipe ? a.seed - b.seed : a.recipe < b.recipe ? -1 : 1));
}

async function readResult(path: string): Promise<RunResult> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw configError(
      `${path} is no JSON: ${(cause as Error).message}`,
      'restore it, or run the training again',
    );
  }

  return checked(runResult, value, path);
}
