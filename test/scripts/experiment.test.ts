import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { page } from '../../scripts/experiment.ts';
import { recipePath, writeDerivedRecipe } from '../../scripts/experiments/derived-recipe.ts';
import { EXPERIMENTS } from '../../scripts/experiments/experiment.ts';
import { loadCorpusRecipe } from '../../trainer/corpus/corpus-recipe.ts';
import { loadRecipe } from '../../trainer/recipe.ts';
import { readRepositoryFile } from '../architecture/files.ts';
import { REPOSITORY } from '../tools.ts';

it('docs/experiments.md says what docs/experiments holds', async () => {
  // If not: npx tsx scripts/experiment.ts page
  expect(readRepositoryFile('docs/experiments.md')).toBe(await page());
});

it('every arm of every experiment is a recipe that can be loaded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
  const path = join(folder, 'recipe.yaml');
  try {
    for (const { recipes, arms } of EXPERIMENTS) {
      for (const recipe of recipes) {
        for (const arm of arms(recipe)) {
          await writeDerivedRecipe(recipePath(REPOSITORY, recipe), arm.recipe, path);
          if (arm.pretrain || arm.isOnBase) {
            expect(JSON.parse(await readFile(path, 'utf8'))).not.toHaveProperty('tokenizer');
          } else expect((await loadRecipe(path)).finetune.steps).toBeGreaterThan(0);
          if (!arm.pretrain) continue;
          await writeDerivedRecipe(recipePath(REPOSITORY, 'foundation-small'), arm.pretrain.recipe, path);
          expect((await loadCorpusRecipe(path)).pretrain!.tokens).toBeGreaterThan(0);
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
