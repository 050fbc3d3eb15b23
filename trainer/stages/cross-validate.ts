import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { servingVariant } from '../../model/quantize.ts';
import type { Answers } from '../../protocols/answers.ts';
import type { Answered } from '../answered.ts';
import { type Dataset, splitRows } from '../datasets/dataset.ts';
import { answerRow } from '../evaluation.ts';
import { type Figures, figuresOf } from '../figures.ts';
import { foldOf, foldsOf, type GroupedRow } from '../grouped-folds.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { type Run, stage } from '../stage.ts';
import { withBrain, writeCandidate } from './candidate.ts';
import { trainSpecialist } from './ensemble.ts';
import type { Training } from './finetune.ts';
import { prepare } from './prepare.ts';

/** How good models of this recipe are on sessions (persons, ..) of which they have seen nothing; intervals by group. */
export interface CrossValidation extends Figures {
  readonly folds: number;
  readonly groups: number;
  /** Distinct rows of the whole set; each was tested once. */
  readonly n: number;
}

const RESULT = 'cross-validation.json';
const ANSWERS = 'answers.json';

/**
 * Grouped k-fold: a model for each fold, prepared and fine-tuned by the same stages as the one that ships, and the
 * answers of all folds put together. Undefined when the recipe does not ask for it.
 */
export async function crossValidate(
  recipe: LoadedRecipe,
  dataset: Dataset,
  training: Training,
  run: Run,
): Promise<CrossValidation | undefined> {
  if (!recipe.crossValidation) return undefined;
  const folds = foldsOf(recipe, dataset);
  const inputs = {
    recipe: recipe.hash,
    base: recipe.base?.weightsHash,
    data: dataset.hash,
    engine: training.engine.name,
    seed: run.seed,
  };
  const folder = await stage(run, 'folds', inputs, async (partial) => {
    run.note(`folds: ${folds.length} more trainings, for the figures by session`);
    const answered: Answered[] = [];
    for (const k of folds.keys()) {
      const note = (line: string) => run.note(`fold ${k + 1} of ${folds.length}: ${line}`);
      const foldRun = { ...run, out: join(partial, `${k + 1}`), note };
      answered.push(...(await testFold(recipe, foldOf(dataset, folds, k), training, foldRun)));
    }
    const result = pooled(answered, folds, recipe.spec.answers);
    await writeFile(join(partial, RESULT), `${JSON.stringify(result, null, 2)}\n`);
  });
  return JSON.parse(await readFile(join(folder, RESULT), 'utf8')) as CrossValidation;
}

/** Train on a fold's other rows and answer its test rows. */
async function testFold(
  recipe: LoadedRecipe,
  dataset: Dataset,
  training: Training,
  run: Run,
): Promise<Answered[]> {
  const data = await prepare(recipe, dataset, run);
  const specialist = await trainSpecialist(recipe, dataset, data, training, run);
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

/** @param answered the test rows of the first fold, then those of the second, .. */
function pooled(
  answered: readonly Answered[],
  folds: readonly (readonly GroupedRow[])[],
  asked: Answers,
): CrossValidation {
  const groups = folds.flat().map(({ recording }) => recording.group);
  return {
    folds: folds.length,
    groups: new Set(groups).size,
    n: answered.length,
    ...figuresOf(asked, answered, groups),
  };
}
