import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawnAs, inPlace } from '../baselines/lessons.ts';
import { type MethodAnswers, methodAnswers } from '../baselines/method-answers.ts';
import { type Method, methodsFor, trainBaselines } from '../baselines/train-baselines.ts';
import { type Dataset, splitRows } from '../datasets/dataset.ts';
import { foldOf, foldsOf } from '../grouped-folds.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { type Run, stage } from '../stage.ts';
import { writeWhole } from '../write-whole.ts';

const fileOf = ({ name }: { readonly name: string }): string => `${name.replaceAll(/\W+/g, '-')}.json`;

/** What the methods of one run learn from and are asked. */
export interface BaselineSettings {
  readonly lessons: readonly ('in place' | 'augmented')[];
  /** Augmented windows at most. */
  readonly mostWindows: number;
  /** Also asked with the window moved by so many samples. */
  readonly shifts: readonly number[];
}

/** Both kinds of lessons, where there is time for it. */
export const THOROUGH: BaselineSettings = {
  lessons: ['in place', 'augmented'],
  mostWindows: 12_000,
  shifts: [],
};

/**
 * The classical methods on a data set's own test rows: trained on its training rows in place, and on the model's augmented
 * windows. Needs no model, so it can be done before one is trained.
 */
export async function baselines(
  recipe: LoadedRecipe,
  dataset: Dataset,
  settings: BaselineSettings,
  run: Run,
): Promise<MethodAnswers[]> {
  const answers: MethodAnswers[] = [];
  for (const kind of settings.lessons)
    answers.push(...(await taughtBy(kind, recipe, dataset, settings, run)));
  return answers;
}

async function taughtBy(
  kind: BaselineSettings['lessons'][number],
  recipe: LoadedRecipe,
  dataset: Dataset,
  { mostWindows, shifts }: BaselineSettings,
  run: Run,
): Promise<MethodAnswers[]> {
  const { spec, windows } = recipe;
  const isDrawn = kind === 'augmented';
  const lessons = isDrawn ? drawnAs(recipe, run.seed, mostWindows) : inPlace(spec);
  const rows = splitRows(dataset, 'train', recipe);
  const methods = methodsFor(spec, rows, [lessons]);
  const inputs = {
    spec,
    data: dataset.hash,
    shifts,
    ...(isDrawn && { windows, seed: run.seed, mostWindows }),
  };
  const name = isDrawn ? 'baselines-augmented' : 'baselines';
  const folder = await stage(run, name, inputs, async (partial) => {
    const test = splitRows(dataset, 'test', recipe);
    // A forest takes minutes: what was answered before an interruption stays answered.
    const missing = methods.filter((method) => !existsSync(join(partial, fileOf(method))));
    for await (const baseline of trainBaselines(spec, rows, missing, run.signal)) {
      run.note(`${name}: ${baseline.name}, trained in ${(baseline.trainMs / 1000).toFixed(1)} s`);
      const given = methodAnswers(baseline, spec, { rows: test, shifts });
      await writeWhole(join(partial, fileOf(baseline)), JSON.stringify(given));
    }
  });
  const read = async (method: Method) =>
    JSON.parse(await readFile(join(folder, fileOf(method)), 'utf8')) as MethodAnswers;
  return Promise.all(methods.map(read));
}

/** The same on every fold of the recipe's cross-validation; the answers of all folds one after another. */
export async function foldBaselines(
  recipe: LoadedRecipe,
  dataset: Dataset,
  settings: BaselineSettings,
  run: Run,
): Promise<MethodAnswers[]> {
  const folds = foldsOf(recipe, dataset);
  const out = join(run.out, 'fold-baselines');
  const pooled = new Map<string, MethodAnswers>();
  for (const k of folds.keys()) {
    const note = (line: string) => run.note(`fold ${k + 1} of ${folds.length}: ${line}`);
    const foldRun = { ...run, out: join(out, `${k + 1}`), note };
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
