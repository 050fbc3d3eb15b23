import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDerivedRecipe } from './derived-recipe.ts';
import type { Arm } from './experiment.ts';
import { tinyllm } from './tinyllm.ts';

/** What one model came to. */
export const trained = z.object({
  recipe: z.string(),
  arm: z.string(),
  seed: z.number(),
  accuracy: z.number().nullable(),
  macroF1: z.number().nullable(),
  /** Distinct test rows. */
  n: z.number(),
  /** Of its validation, at the step that was kept. */
  validationMacroF1: z.number().nullable(),
  pretrainSeconds: z.number(),
  finetuneSeconds: z.number(),
  /** Of the whole stage in several sittings a clock knows the last only. */
  isTimed: z.boolean(),
  variants: z.array(
    z.object({ name: z.string(), fileBytes: z.number(), accuracy: z.number().nullable(), p50Ms: z.number() }),
  ),
});
export type Trained = z.infer<typeof trained>;

export interface Place {
  /** Where configs/ is. */
  readonly root: string;
  /** Below which the data sets are, each in a folder of its own (docs/data.md). */
  readonly data: string;
  readonly out: string;
  readonly base: string | undefined;
  readonly threads: number;
}

const evaluated = z.object({
  validation: z.object({ macroF1: z.number().nullable() }),
  report: z.object({ n: z.number(), accuracy: z.number().nullable(), macroF1: z.number().nullable() }),
  variants: z.object({
    variants: z.array(
      z.object({
        name: z.string(),
        fileBytes: z.number(),
        latencyMs: z.object({ p50: z.number() }),
        test: z.object({ accuracy: z.number().nullable() }),
      }),
    ),
  }),
});
const timed = z.object({ seconds: z.number(), isResumed: z.boolean() });

/** Trains one model and asks it about the test rows; what was done before is not done again. */
export async function trainArm(
  arm: Arm,
  recipe: { readonly name: string; readonly path: string; readonly dataset: string },
  seed: number,
  place: Place,
): Promise<Trained> {
  const folder = join(place.out, recipe.name, slug(arm.name), String(seed));
  await mkdir(folder, { recursive: true });
  const pretrained = arm.pretrain && (await pretrain(arm.pretrain, seed, place));
  const path = join(folder, 'recipe.yaml');
  await writeDerivedRecipe(recipe.path, arm.recipe, path);
  const base = pretrained?.model ?? (arm.isOnBase ? place.base : undefined);
  const result = evaluated.parse(
    await tinyllm('evaluate', [
      ...['--recipe', path, '--out', folder, '--data', join(place.data, recipe.dataset)],
      ...['--seed', String(seed), '--threads', String(place.threads), '--skip-folds', '--json'],
      ...(base === undefined ? [] : ['--base', base]),
    ]),
  );
  const times = await trainingTimes(folder);
  const { report, variants, validation } = result;
  return {
    recipe: recipe.name,
    arm: arm.name,
    seed,
    accuracy: report.accuracy,
    macroF1: report.macroF1,
    n: report.n,
    validationMacroF1: validation.macroF1,
    pretrainSeconds: pretrained?.seconds ?? 0,
    finetuneSeconds: times.reduce((sum, { seconds }) => sum + seconds, 0),
    isTimed: !pretrained?.isResumed && !times.some(({ isResumed }) => isResumed),
    variants: variants.variants.map(({ name, fileBytes, latencyMs, test }) => ({
      name,
      fileBytes,
      accuracy: test.accuracy,
      p50Ms: latencyMs.p50,
    })),
  };
}

/** Of every model that was trained for a run: the members of an ensemble too. */
async function trainingTimes(run: string): Promise<z.infer<typeof timed>[]> {
  const files = (await readdir(run, { recursive: true })).filter((file) => TIME_FILE.test(file));
  return Promise.all(
    files.map(async (file) => timed.parse(JSON.parse(await readFile(join(run, file), 'utf8')))),
  );
}

const TIME_FILE = /(^|members\/\d+\/)finetune\/time\.json$/;

const foundation = z.object({ model: z.string(), seconds: z.number(), isResumed: z.boolean() });

/** Recipes share what is pre-trained alike. */
async function pretrain(
  { corpus, recipe }: NonNullable<Arm['pretrain']>,
  seed: number,
  { root, data, out, threads }: Place,
): Promise<z.infer<typeof foundation>> {
  const ofCorpus = join(out, `corpus-${corpus}`);
  const folder = join(ofCorpus, String(seed));
  await mkdir(folder, { recursive: true });
  const path = join(ofCorpus, 'recipe.yaml');
  await writeDerivedRecipe(join(root, 'configs', 'recipes', 'foundation-small.yaml'), recipe, path);
  const places = ['--recipe', path, '--data', data, '--threads', String(threads)];
  await tinyllm('prepare', [...places, '--out', ofCorpus, '--json']);
  const trainingPlaces = ['--recipe', path, '--corpus', join(ofCorpus, 'prepare'), '--out', folder];
  return foundation.parse(
    await tinyllm('pretrain', [
      ...trainingPlaces,
      '--seed',
      String(seed),
      '--threads',
      String(threads),
      '--json',
    ]),
  );
}

const slug = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
