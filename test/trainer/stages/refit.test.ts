import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBundle, sha256 } from '../../../model/bundle.ts';
import { exampleCount } from '../../../trainer/example-set.ts';
import type { LoadedRecipe } from '../../../trainer/recipe.ts';
import { trainSpecialist } from '../../../trainer/stages/ensemble.ts';
import { prepare } from '../../../trainer/stages/prepare.ts';
import { type Refitted, refit, type Trained, trainOnBoth } from '../../../trainer/stages/refit.ts';
import { loudness, loudnessRecipe, tinyTraining } from './tiny-training.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
});
afterEach(() => rm(folder, { recursive: true }));

const STEPS = 18;

/** Validation rows are answered wrongly, so what validation likes best comes early. */
const dataset = { ...loudness({ flipped: true }), hash: sha256('loudness') };

async function refitted(): Promise<{ scout: Trained; made: Refitted; out: string; recipe: LoadedRecipe }> {
  const recipe: LoadedRecipe = { ...(await loudnessRecipe(folder)), refit: { steps: STEPS } };
  const out = join(folder, 'run');
  const { run, training } = tinyTraining(out);
  const data = await prepare(recipe, dataset, run);
  const scout = { data, specialist: await trainSpecialist(recipe, dataset, data, training, run) };
  return { scout, made: await refit(recipe, dataset, scout, training, run), out, recipe };
}

describe('a refit', () => {
  it('learns from the rows of both splits', async () => {
    const { scout, made } = await refitted();
    // Two windows of each row: 24 rows train, 12 validate.
    expect(exampleCount(scout.data.train)).toBe(48);
    expect(exampleCount(made.data.train)).toBe(72);
    expect(made.specialist.weightsHash).not.toBe(scout.specialist.weightsHash);
  });

  it('keeps its last weights, whatever validation rows say', async () => {
    const { made } = await refitted();
    const kept = JSON.parse(await readFile(join(made.specialist.folder, 'best.json'), 'utf8'));
    expect(kept.step).toBe(STEPS);
  });

  it('says of validation what the model before it reached there', async () => {
    const { scout, made } = await refitted();
    expect(made.specialist.validation).toEqual(scout.specialist.validation);
  });

  it('leaves the model before it as a bundle, to be asked about strangers', async () => {
    const { made, recipe } = await refitted();
    const { manifest } = await openBundle(made.scout);
    expect(manifest.variants.map(({ name }) => name)).toEqual(['fp32']);
    expect(manifest.lineage.recipe.sha256).toBe(recipe.hash);
  });

  it('takes the time of both trainings', async () => {
    const { scout, made } = await refitted();
    expect(made.specialist.time!.seconds).toBeGreaterThan(scout.specialist.time!.seconds);
  });

  it('needs no model before it where nothing is chosen', async () => {
    const recipe = { ...(await loudnessRecipe(folder)), refit: { steps: STEPS } };
    const { run, training, titles } = tinyTraining(join(folder, 'fold'));
    const { data } = await trainOnBoth(recipe, dataset, training, run);
    expect(exampleCount(data.train)).toBe(72);
    expect(titles).toHaveLength(1);
    expect(existsSync(join(folder, 'fold', 'members'))).toBe(false);
  });
});
