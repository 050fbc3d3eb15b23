/**
 * Experiments with several models: each answers a question, with seeds. docs/experiments.md shows what came out.
 *
 *   npm run -s experiment -- pretraining|foundation|size --data DIR --out DIR [--seeds N] [--base DIR] [--threads N]
 *   npx tsx scripts/experiment.ts page      writes docs/experiments.md from docs/experiments/*.json
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { integer, orElse, parseFlags, required, text } from '../commandline/flags.ts';
import { TinyError, usageError } from '../protocols/errors.ts';
import { readYaml } from '../protocols/yaml.ts';
import { recipePath } from './experiments/derived-recipe.ts';
import { EXPERIMENTS } from './experiments/experiment.ts';
import { resultsPath, storedSections } from './experiments/stored-results.ts';
import { type Trained, trainArm } from './experiments/train-arm.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const PAGE = join(root, 'docs', 'experiments.md');

const FLAGS = {
  data: required(text('DIR, below which each data set has a folder')),
  out: required(text('DIR, such as runs/experiments')),
  base: text('DIR, the foundation model'),
  seeds: orElse(integer({ min: 1 }), 3),
  threads: orElse(integer({ min: 1 }), 1),
};

/** The page as it should be; a test keeps it current. */
export async function page(): Promise<string> {
  const sections = await storedSections(EXPERIMENTS);
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

const INTRODUCTION = `# Experiments

Written by \`npx tsx scripts/experiment.ts page\` from docs/experiments/. Test rows were asked once, at the end of each training, and chose nothing.
Over several seeds the mean stands, with the range; differences are paired by seed, with their 95 % interval by Student's t. Of training, the minutes of pre-training and
fine-tuning on one thread, of all models of an ensemble. Minutes and latencies were taken beside other work: they tell orders of size only. Where rows of a table have other numbers of seeds, or a recipe is missing, the experiment was ended early.`;

async function run(name: string, argv: readonly string[]): Promise<void> {
  const experiment = EXPERIMENTS.find((one) => one.name === name);
  if (!experiment) {
    throw usageError(
      `there is no experiment ${name}`,
      `one of ${EXPERIMENTS.map((one) => one.name).join(', ')}`,
    );
  }
  const { flags } = parseFlags(argv, FLAGS);
  const { base, threads } = flags;
  const place = { root, data: resolve(flags.data), out: join(resolve(flags.out), name), base, threads };
  const results: Trained[] = [];
  // Seed by seed, so that an experiment which is ended early has whole comparisons.
  for (let seed = 1; seed <= flags.seeds; seed++) {
    for (const recipe of experiment.recipes) {
      const path = recipePath(root, recipe);
      const { dataset } = z.object({ dataset: z.string() }).parse(await readYaml(path));
      for (const arm of experiment.arms(recipe)) {
        if (arm.isOnBase && flags.base === undefined)
          throw usageError('--base is missing', 'name the foundation model');
        const result = await trainArm(arm, { name: recipe, path, dataset }, seed, place);
        process.stderr.write(
          `${recipe}, ${arm.name}, seed ${seed}: macro-F1 ${result.macroF1?.toFixed(4)}\n`,
        );
        results.push(result);
        const stored = resultsPath(experiment);
        await mkdir(dirname(stored), { recursive: true });
        await writeFile(stored, `${JSON.stringify(results, null, 1)}\n`);
      }
    }
  }
  await writeFile(PAGE, await page());
}

async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === 'page') await writeFile(PAGE, await page());
  else await run(name ?? '', argv);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
    if (!(error instanceof TinyError)) throw error;
    process.stderr.write(`${error.message}\nhint: ${error.hint}\n`);
    return error.exitCode;
  });
}
