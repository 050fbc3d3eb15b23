import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { servingVariant } from '../../model/quantize.ts';
import { type Answers, labelsOf } from '../../protocols/answers.ts';
import { type Answered, labelAnswers } from '../answered.ts';
import { type BaselineReport, compareBaselines } from '../baselines/compare.ts';
import type { MethodAnswers } from '../baselines/method-answers.ts';
import { type Dataset, splitRows } from '../datasets/dataset.ts';
import { answerRow } from '../evaluation.ts';
import { type Figures, figuresOf } from '../figures.ts';
import { foldOf, foldsOf, type GroupedRow } from '../grouped-folds.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { type Run, stage } from '../stage.ts';
import { writeWhole } from '../write-whole.ts';
import { foldBaselines } from './baselines.ts';
import { withBrain, writeCandidate } from './candidate.ts';
import { trainSpecialist } from './ensemble.ts';
import type { Training } from './finetune.ts';
import { prepare } from './prepare.ts';
import { type Trained, trainOnBoth } from './refit.ts';

/** How good models of this recipe are on sessions (persons, ..) of which they have seen nothing; intervals by group. */
export interface CrossValidation extends Figures {
  readonly folds: number;
  readonly groups: number;
  /** Distinct rows of the whole set; each was tested once. */
  readonly n: number;
  /** Classical methods on the same folds; null where none were asked for. */
  readonly baselines: readonly BaselineReport[] | null;
}

/** For people; written anew each time. */
const RESULT = 'cross-validation.json';
const ANSWERS = 'answers.json';

/**
 * Grouped k-fold: a model for each fold, prepared and fine-tuned by the same stages as the one that ships, and the
 * answers of all folds put together; classical methods on the same folds beside them. Undefined when the recipe does not
 * ask for it.
 */
export async function crossValidate(
  recipe: LoadedRecipe,
  dataset: Dataset,
  training: Training,
  run: Run,
): Promise<CrossValidation | undefined> {
  if (!recipe.crossValidation) return undefined;
  const folds = foldsOf(recipe, dataset);
  const methods = await foldBaselines(recipe, dataset, run);
  const inputs = {
    recipe: recipe.hash,
    base: recipe.base?.weightsHash,
    data: dataset.hash,
    engine: training.engine.name,
    seed: run.seed,
    // A run of a version that wrote others is validated anew.
    files: [ANSWERS],
  };
  const folder = await stage(run, 'folds', inputs, async (partial) => {
    run.note(`folds: ${folds.length} more trainings, for the figures by session`);
    const answered: Answered[] = [];
    for (const k of folds.keys()) {
      const note = (line: string) => run.note(`fold ${k + 1} of ${folds.length}: ${line}`);
      const foldRun = { ...run, out: join(partial, `${k + 1}`), note };
      answered.push(...(await testFold(recipe, foldOf(dataset, folds, k), training, foldRun)));
    }
    await writeFile(join(partial, ANSWERS), JSON.stringify(answered));
  });
  const answered = JSON.parse(await readFile(join(folder, ANSWERS), 'utf8')) as Answered[];
  const result = pooled(answered, methods, folds, recipe.spec.answers);
  await writeWhole(join(folder, RESULT), `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

/** What a fold is answered by. A recipe that refits needs no scout here: nothing is chosen. */
async function trainFinal(
  recipe: LoadedRecipe,
  dataset: Dataset,
  training: Training,
  run: Run,
): Promise<Trained> {
  if (recipe.refit) return trainOnBoth(recipe, dataset, training, run);
  const data = await prepare(recipe, dataset, run);
  return { data, specialist: await trainSpecialist(recipe, dataset, data, training, run) };
}

/** Train on a fold's other rows and answer its test rows. */
async function testFold(
  recipe: LoadedRecipe,
  dataset: Dataset,
  training: Training,
  run: Run,
): Promise<Answered[]> {
  const { data, specialist } = await trainFinal(recipe, dataset, training, run);
  const inputs = { weights: specialist.weightsHash, data: dataset.hash };
  const folder = await stage(run, 'test', inputs, async (partial) => {
    const candidate = join(partial, 'candidate');
    const { shape, weights } = specialist;
    const models = new Map([['fp32', servingVariant('fp32', shape, weights)]] as const);
    await writeCandidate(candidate, recipe, data, shape, models, run);
    const answered = await withBrain(candidate, async (brain) => {
      const answers: Answered[] = [];
      for (const row of splitRows(dataset, 'test', recipe)) {
        run.signal.throwIfAborted();
        answers.push(await answerRow(brain, row));
      }
      return answers;
    });
    await writeFile(join(partial, ANSWERS), JSON.stringify(answered));
  });
  return JSON.parse(await readFile(join(folder, ANSWERS), 'utf8')) as Answered[];
}

/** @param answered and `methods`: the test rows of the first fold, then those of the second, .. */
export function pooled(
  answered: readonly Answered[],
  methods: readonly MethodAnswers[],
  folds: readonly (readonly GroupedRow[])[],
  asked: Answers,
): CrossValidation {
  const groups = folds.flat().map(({ recording }) => recording.group);
  const model = { scored: labelAnswers(answered), labels: labelsOf(asked).length, groups };
  return {
    folds: folds.length,
    groups: new Set(groups).size,
    n: answered.length,
    ...figuresOf(asked, answered, groups),
    baselines: methods.length > 0 ? compareBaselines(methods, model) : null,
  };
}
