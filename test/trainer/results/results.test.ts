import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadRecipe } from '../../../trainer/recipe.ts';
import { recordResult, resultOf } from '../../../trainer/results/record-result.ts';
import { resultsPage } from '../../../trainer/results/results-page.ts';
import { type RunResult, readResults, runResult } from '../../../trainer/results/run-result.ts';
import { REPOSITORY } from '../../tools.ts';
import { exampleRun } from '../reports/example-run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function figuresOf(seed: number) {
  const { report, crossValidation, table, shape, trainingTime } = exampleRun();
  const specialist = { shape, time: trainingTime! } as Parameters<typeof resultOf>[0]['specialist'];
  const recipe = await loadRecipe(join(REPOSITORY, 'configs', 'recipes', 'gesture.yaml'));
  return {
    ...{ recipe, seed, threads: 2, tokensPerWindow: 107, specialist },
    ...{ report, crossValidation, table, bundle: folder },
  };
}

const CIRCUMSTANCES = {
  commit: 'c0ffee'.repeat(6),
  date: '2026-11-23T09:00:00.000Z',
  bundleBytes: 583_336,
};
const GESTURE = { name: 'gesture', task: 'gesture', dataset: 'gesture' };
const rowsWith = (page: string, cell: string) =>
  page.split('\n').filter((line) => line.includes(`| ${cell} |`));

describe('the result of a run', () => {
  it('is read back as it was written, by recipe and seed', async () => {
    const results = join(folder, 'results');
    await mkdir(join(folder, 'bundle'));
    await writeFile(join(folder, 'bundle', 'weights'), new Uint8Array(1000));
    const figures = { ...(await figuresOf(7)), bundle: join(folder, 'bundle') };
    const path = await recordResult(results, figures);
    expect(path).toBe(join(results, 'gesture', '7.json'));
    await recordResult(results, { ...figures, seed: 2 });
    const [first, second] = await readResults(results);
    expect(second).toEqual(JSON.parse(await readFile(path, 'utf8')));
    expect([first!.seed, second!.seed]).toEqual([2, 7]);
    const { report, table, recipe } = figures;
    expect(second).toMatchObject({
      recipe: 'gesture',
      recipeHash: recipe.hash,
      test: { n: report.n, accuracy: report.accuracy, macroF1: report.macroF1, ece: report.ece },
      training: { minutes: 216 / 60, threads: 2 },
      crossValidation: { folds: 5, groups: 34, accuracy: 0.8125 },
      bundleBytes: 1000,
    });
    expect(second!.test!.baselines!.map(({ name }) => name)).toEqual(
      report.baselines!.map(({ name }) => name),
    );
    expect(second!.variants.map(({ name, accepted }) => [name, accepted])).toEqual(
      table.variants.map(({ name, accepted }) => [name, accepted]),
    );
  });

  it('is refused with its file when it is none, or says what nobody knows', async () => {
    await mkdir(join(folder, 'gesture'));
    const path = join(folder, 'gesture', '1.json');
    await writeFile(path, '{');
    await expect(readResults(folder)).rejects.toThrow(`${path} is no JSON`);
    const result = resultOf(await figuresOf(1), CIRCUMSTANCES);
    await writeFile(path, JSON.stringify({ ...result, acuracy: 1 }));
    await expect(readResults(folder)).rejects.toThrow(/acuracy/);
  });

  it('may be partial: none of the figures need be there', () => {
    const { recipe, recipeHash, commit, date, seed, task, dataset } = partial();
    const result = runResult.parse({ recipe, recipeHash, commit, date, seed, task, dataset });
    expect(result).toMatchObject({ test: null, crossValidation: null, training: null, variants: [] });
  });
});

describe('the page of results', () => {
  it('leaves every cell of a recipe that was not run blank', () => {
    const row = rowsWith(resultsPage([GESTURE, { ...GESTURE, name: 'swim' }], []), 'swim');
    expect(row).toHaveLength(1);
    expect(
      row[0]!
        .split('|')
        .slice(3, -1)
        .every((cell) => cell.trim() === ''),
    ).toBe(true);
  });

  it('shows the model beside every method, and the best of them in the overview', async () => {
    const result = resultOf(await figuresOf(1), CIRCUMSTANCES);
    const page = resultsPage([GESTURE], [result]);
    for (const { name } of result.test!.baselines!) expect(page).toContain(`\n| ${name} | `);
    expect(page).toContain(`\n| **TinyLLM** | ${(100 * result.test!.accuracy!).toFixed(1)} | `);
    const best = result.test!.baselines!.toSorted((a, b) => b.macroF1! - a.macroF1!)[0]!;
    expect(rowsWith(page, best.name).some((line) => line.startsWith('| [gesture](#gesture) |'))).toBe(true);
    expect(page).toContain('Grouped 5-fold over 34 persons or sessions');
    expect(page).toContain('| int8 (refused) |');
    expect(page).toContain('| 3.6 on 2 threads |');
  });

  it('gives mean and range over seeds, and keeps the seed that failed', () => {
    const run = (seed: number, accuracy: number): RunResult => ({
      ...partial(),
      seed,
      test: runResult.shape.test.parse({ split: 'test', n: 90, accuracy, macroF1: accuracy - 0.1 }),
    });
    const page = resultsPage([GESTURE], [run(1, 0.9), run(2, 0.4), run(3, 0.95)]);
    const [overview] = page.split('\n').filter((line) => line.startsWith('| [gesture]'));
    expect(overview).toContain('| 1, 2, 3 | 75.0 (40.0 to 95.0) | 65.0 (30.0 to 85.0) |');
  });

  it('keeps the results of a recipe that is no more', () => {
    expect(resultsPage([], [partial()])).toContain('| [gesture](#gesture) | gesture | 1 |');
  });
});

const partial = (): RunResult =>
  runResult.parse({
    ...{ recipe: 'gesture', recipeHash: 'b'.repeat(64), commit: null, date: CIRCUMSTANCES.date },
    ...{ seed: 1, task: 'gesture', dataset: 'gesture' },
  });
