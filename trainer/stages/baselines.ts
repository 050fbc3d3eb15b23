import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labelsOf } from '../../protocols/answers.ts';
import { drawnAs, drawsNothingNew, inPlace, type Lessons } from '../baselines/lessons.ts';
import { type MethodAnswers, Questions } from '../baselines/method-answers.ts';
import { type Method, methodsFor, trainBaselines } from '../baselines/train-baselines.ts';
import { type Dataset, splitRows } from '../datasets/dataset.ts';
import { taughtRows } from '../datasets/taught-rows.ts';
import { foldOf, foldsOf } from '../grouped-folds.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { type Run, stage } from '../stage.ts';
import { writeWhole } from '../write-whole.ts';

/** Augmented windows for the report of a run: seconds on most sets, a minute on the largest. */
const TRAIN_WINDOWS = 3_000;
/** .. and in cross-validation, which takes its time anyway: as many as the strongest published baseline had. */
const FOLD_WINDOWS = 12_000;

/**
 * The classical methods on a data set's own test rows: taught by its training rows in place, and by the model's augmented
 * windows. Needs no model, so it can be done before one is trained. None where the recipe wants none.
 * @param shifts also with the window moved by so many samples
 */
export async function baselines(
  recipe: LoadedRecipe,
  dataset: Dataset,
  shifts: readonly number[],
  run: Run,
): Promise<MethodAnswers[]> {
  return answersOf(recipe, dataset, { mostWindows: windowsFor(recipe, TRAIN_WINDOWS), shifts }, run);
}

/** The same on every fold of the recipe's cross-validation; the answers of all folds one after another. */
export async function foldBaselines(
  recipe: LoadedRecipe,
  dataset: Dataset,
  run: Run,
): Promise<MethodAnswers[]> {
  const folds = foldsOf(recipe, dataset);
  const settings = { mostWindows: windowsFor(recipe, FOLD_WINDOWS), shifts: [] };
  const pooled = new Map<string, MethodAnswers>();
  for (const k of folds.keys()) {
    const note = (line: string) => run.note(`fold ${k + 1} of ${folds.length}: ${line}`);
    const foldRun = { ...run, out: join(run.out, 'fold-baselines', `${k + 1}`), note };
    for (const answers of await answersOf(recipe, foldOf(dataset, folds, k), settings, foldRun)) {
      const before = pooled.get(answers.name);
      pooled.set(answers.name, before ? together(before, answers) : answers);
    }
  }
  return [...pooled.values()];
}

const windowsFor = ({ baselines: wanted }: LoadedRecipe, most: number): number =>
  typeof wanted === 'object' ? wanted.augmentedWindows : most;

interface Settings {
  /** Augmented windows at most; none for 0. */
  readonly mostWindows: number;
  readonly shifts: readonly number[];
}

/** Rows in place and augmented windows are a stage each: to change the one leaves the other. */
async function answersOf(
  recipe: LoadedRecipe,
  dataset: Dataset,
  { mostWindows, shifts }: Settings,
  run: Run,
): Promise<MethodAnswers[]> {
  const { spec, windows, dataset: name } = recipe;
  if (!recipe.baselines || labelsOf(spec.answers).length === 0) return [];
  const inputs = { spec, dataset: name, data: taughtRows(recipe, dataset).hash, shifts };
  const placed: Course = { name: 'baselines', lessons: inPlace(spec), shifts, inputs };
  const answers = await taught(recipe, dataset, placed, run);
  if (mostWindows === 0 || drawsNothingNew(windows)) return answers;
  const drawn: Course = {
    name: 'baselines-augmented',
    lessons: drawnAs(recipe, run.seed, mostWindows),
    shifts,
    inputs: { ...inputs, windows, seed: run.seed, mostWindows },
  };
  return [...answers, ...(await taught(recipe, dataset, drawn, run))];
}

/** What all methods are taught and asked in one stage. */
interface Course {
  /** Of the stage. */
  readonly name: string;
  readonly lessons: Lessons;
  readonly shifts: readonly number[];
  /** All that the answers depend on. */
  readonly inputs: unknown;
}

async function taught(
  recipe: LoadedRecipe,
  dataset: Dataset,
  { name, lessons, shifts, inputs }: Course,
  run: Run,
): Promise<MethodAnswers[]> {
  const { spec } = recipe;
  const training = splitRows(taughtRows(recipe, dataset), 'train', recipe);
  const methods = methodsFor(spec, training, [lessons]);
  const folder = await stage(run, name, inputs, async (partial) => {
    const questions = new Questions(spec, splitRows(dataset, 'test', recipe), shifts);
    // A forest takes minutes: what was answered before an interruption stays answered.
    const missing = methods.filter((method) => !existsSync(join(partial, fileOf(method))));
    for await (const baseline of trainBaselines(spec, training, missing, run.signal)) {
      run.note(`${name}: ${baseline.name}, trained in ${(baseline.trainMs / 1000).toFixed(1)} s`);
      await writeWhole(join(partial, fileOf(baseline)), JSON.stringify(questions.ask(baseline)));
    }
  });
  const read = async (method: Method) =>
    JSON.parse(await readFile(join(folder, fileOf(method)), 'utf8')) as MethodAnswers;
  return Promise.all(methods.map(read));
}

const fileOf = ({ name }: { readonly name: string }): string => `${name.replaceAll(/\W+/g, '-')}.json`;

const together = (a: MethodAnswers, b: MethodAnswers): MethodAnswers => ({
  name: a.name,
  scored: [...a.scored, ...b.scored],
  shifts: {},
  windows: a.windows + b.windows,
  trainMs: a.trainMs + b.trainMs,
});
