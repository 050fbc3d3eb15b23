import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { labelsOf } from '../../../protocols/answers.ts';
import { windowUs } from '../../../protocols/task.ts';
import {
  type Dataset,
  rowsOfSplit,
  rowsWhere,
  splitBy,
  strangeAnswer,
} from '../../../trainer/datasets/dataset.ts';
import { readDataset } from '../../../trainer/datasets/registry.ts';
import { loadRecipe } from '../../../trainer/recipe.ts';
import type { Recipe } from '../../../trainer/recipe-keys.ts';
import { REPOSITORY, requireData } from '../../tools.ts';

const RECIPES = join(REPOSITORY, 'configs', 'recipes');
/** Corpora have recipes of another kind. */
const files = readdirSync(RECIPES).filter((file) => !/^(foundation|language)-/.test(file));

const read = new Map<string, Promise<Dataset>>();
/** A recipe's rows; each set is read once. */
async function rowsOf(
  { dataset: name, where = {}, splitColumn }: Pick<Recipe, 'dataset' | 'where' | 'splitColumn'>,
  path: string,
) {
  if (!read.has(name)) read.set(name, readDataset(name, path));
  const rows = rowsWhere((await read.get(name)!).rows, where);
  return splitColumn === undefined ? rows : splitBy(rows, splitColumn);
}

describe.each(files)('recipe %s', (file) => {
  it('fits the set that it names: splits, answers, channels and the length of a window', async (test) => {
    const recipe = await loadRecipe(join(RECIPES, file));
    expect(`${recipe.name}.yaml`).toBe(file);
    const { spec } = recipe;
    const rows = await rowsOf(recipe, requireData(recipe.dataset, test));
    const used = ['train', 'validation', 'test'].flatMap((split) => {
      const own = rowsOfSplit(rows, split);
      expect(own.length, split).toBeGreaterThan(0);
      return own;
    });
    const labels = labelsOf(spec.answers);
    if (labels.length > 0) expect(new Set(used.map(({ label }) => label))).toEqual(new Set(labels));
    expect(used.map((row) => strangeAnswer(row, spec)?.message).find(Boolean)).toBeUndefined();
    const measured = new Set(used.flatMap(({ recording }) => recording.channels));
    expect(spec.input.channels.map(({ channel }) => channel).filter((name) => !measured.has(name))).toEqual(
      [],
    );
    if (spec.input.kind !== 'rate' || spec.window.trigger) return;
    // Most rows are as long as one window; a few are short.
    const lengths = used.map(({ recording: { labels } }) => labels[0]!.endUs - labels[0]!.startUs);
    const median = lengths.sort((a, b) => a - b)[lengths.length >> 1]!;
    expect(Math.abs(windowUs(spec) / median - 1)).toBeLessThan(0.02);
  });
});
