import { join } from 'node:path';
import { servingVariant } from '../../model/quantize.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { taughtRows } from '../datasets/taught-rows.ts';
import type { PreparedData } from '../prepared-data.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { type Run, stage } from '../stage.ts';
import { writeCandidate } from './candidate.ts';
import { trainSpecialist } from './ensemble.ts';
import { type Specialist, type Training, totalTime } from './finetune.ts';
import { prepare } from './prepare.ts';

/** A model with the prompts it learnt from. */
export interface Trained {
  readonly data: PreparedData;
  readonly specialist: Specialist;
}

export interface Refitted extends Trained {
  /**
   * A bundle folder of the model before: it has never met the validation rows, so it is the one to ask how sure a model of
   * this recipe is of strangers.
   */
  readonly scout: string;
}

/**
 * The training that ships, where persons are few: by the rows of training and validation together, for as many steps as
 * the recipe says, its last weights kept. Nothing is chosen by it, since no row is left to choose by.
 */
export async function trainOnBoth(
  recipe: LoadedRecipe,
  dataset: Dataset,
  training: Training,
  run: Run,
): Promise<Trained> {
  const { patience: _, ...settings } = recipe.finetune;
  const both: LoadedRecipe = {
    ...recipe,
    finetune: { ...settings, steps: recipe.refit!.steps, keep: 'last' },
  };
  const taught = taughtRows(recipe, dataset);
  const data = await prepare(both, taught, run);
  return { data, specialist: await trainSpecialist(both, taught, data, training, run) };
}

/** After the training that validation has judged, the one on both splits. What validation said stays the scout's. */
export async function refit(
  recipe: LoadedRecipe,
  dataset: Dataset,
  scout: Trained,
  training: Training,
  run: Run,
): Promise<Refitted> {
  const own: Run = { ...run, out: join(run.out, 'refit'), note: (line) => run.note(`refit: ${line}`) };
  const { data, specialist } = await trainOnBoth(recipe, dataset, training, own);
  const { shape, weights, weightsHash, validation } = scout.specialist;
  const folder = await stage(own, 'scout', { weights: weightsHash, recipe: recipe.hash }, (partial) => {
    const models = new Map([['fp32', servingVariant('fp32', shape, weights)]] as const);
    return writeCandidate(join(partial, 'candidate'), recipe, scout.data, shape, models, own);
  });
  return {
    data,
    specialist: { ...specialist, validation, ...totalTime([scout.specialist, specialist]) },
    scout: join(folder, 'candidate'),
  };
}
