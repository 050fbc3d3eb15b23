import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labelsOf } from '../../protocols/answers.ts';
import { drawnAs, inPlace } from '../baselines/lessons.ts';
import { type MethodAnswers, methodAnswers } from '../baselines/method-answers.ts';
import { trainBaselines } from '../baselines/train-baselines.ts';
import { type Dataset, splitRows } from '../datasets/dataset.ts';
import { foldOf, foldsOf } from '../grouped-folds.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { type Run, stage } from '../stage.ts';

const ANSWERS = 'answers.json';

/** Windows that a method learns from in cross-validation, where there is time for it. */
const FOLD_WINDOWS = 12_000;

/**
 * The classical methods on a data set's own test rows: trained on its training rows in place, and on the model's augmented
 * windows. Needs no model, so it can be done before one is trained.
 * @param shifts also with the window moved by so many samples
 * @param mostWindows augmented windows to train on
 */
export async function baselines(
  recipe: LoadedRecipe,
  dataset: Dataset,
  { shifts, mostWindows }: { readonly shifts: readonly number[]; readonly mostWindows: number },
  run: Run,
): Promise<MethodAnswers[]> {
  const { spec, windows } = recipe;
  const inputs = { spec, windows, data: dataset.hash, seed: run.seed, shifts, mostWindows };
  const folder = await stage(run, 'baselines', inputs, async (partial) => {
    const test = splitRows(dataset, 'test', recipe);
    const trained = await trainBaselines(spec, splitRows(dataset, 'train', recipe), {
      lessons: [inPlace(spec), drawnAs(recipe, run.seed, mostWindows)],
      signal: run.signal,
      onTrained: ({ name, trainMs }) => run.note(`baselines: ${name} in ${(trainMs / 1000).toFixed(1)} s`),
    });
    const answers = trained.map((one) => methodAnswers(one, labelsOf(spec.answers), test, shifts));
    await writeFile(join(partial, ANSWERS), JSON.stringify(answers));
  });
  return JSON.parse(await readFile(join(folder, ANSWERS), 'utf8')) as MethodAnswers[];
}

/** The same on every fold of the recipe's cross-validation; the answers of all folds one after another. */
export async function foldBaselines(
  recipe: LoadedRecipe,
  dataset: Dataset,
  run: Run,
): Promise<MethodAnswers[]> {
  const folds = foldsOf(recipe, dataset);
  const out = join(run.out, 'fold-baselines');
  const pooled = new Map<string, MethodAnswers>();
  for (const k of folds.keys()) {
    const note = (line: string) => run.note(`fold ${k + 1} of ${folds.length}: ${line}`);
    const foldRun = { ...run, out: join(out, `${k + 1}`), note };
    const settings = { shifts: [], mostWindows: FOLD_WINDOWS };
    for (const answers of await baselines(recipe, foldOf(dataset, folds, k), settings, foldRun)) {
      const before = pooled.get(answers.name);
      pooled.set(answers.name, before ? together(before, answers) : answers);
    }
  }
  return [...pooled.values()];
}

const together = (a: MethodAnswers, b: MethodAnswers): MethodAnswers => ({
  name: a.name,
  scored: [...a.scored, ...b.scored],
  shifts: {},
  windows: a.windows + b.windows,
  trainMs: a.trainMs + b.trainMs,
});
