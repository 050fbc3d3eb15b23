import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { promptTokens } from '../../../protocols/prompt.ts';
import { promptWriter } from '../../../protocols/templates.ts';
import { atBoardRate } from '../../../trainer/baselines/inputs.ts';
import { drawnAs, drawsNothingNew, inPlace } from '../../../trainer/baselines/lessons.ts';
import { rowsOfSplit } from '../../../trainer/datasets/dataset.ts';
import { readDataset } from '../../../trainer/datasets/registry.ts';
import { PREPARED_FILES } from '../../../trainer/prepared-data.ts';
import { loadRecipe } from '../../../trainer/recipe.ts';
import { prepare } from '../../../trainer/stages/prepare.ts';
import { rateTask, recordingOf, snapshotTask } from '../../protocols/examples.ts';
import { REPOSITORY, requireData } from '../../tools.ts';

const recipeOf = async (name: string) => {
  const recipe = await loadRecipe(join(REPOSITORY, 'configs', 'recipes', `${name}.yaml`));
  return { ...recipe, windows: { ...recipe.windows, copies: 2 } };
};

describe('augmented lessons', () => {
  it('are the windows that the model learns from, token for token', async (test) => {
    const data = requireData('gesture', test);
    const out = await mkdtemp(join(tmpdir(), 'tinyllm-'));
    test.onTestFinished(() => rm(out, { recursive: true }));
    const recipe = await recipeOf('gesture');
    const all = await readDataset('gesture', data);
    const dataset = { ...all, rows: all.rows.filter((_, i) => i % 8 === 0) };
    const run = { out, seed: 3, signal: new AbortController().signal, note: () => {} };
    const { folder, task, tokenizer, train } = await prepare(recipe, dataset, run);
    const writer = promptWriter(task, tokenizer);
    const lessons = [...drawnAs(recipe, 3, Number.POSITIVE_INFINITY).of(rowsOfSplit(dataset.rows, 'train'))];
    expect(lessons).toHaveLength(train.label.length);
    for (const [i, { on }] of lessons.entries()) {
      const prompt = [...writer.prefix, ...promptTokens(writer, on(recipe.spec))];
      const from = i * train.tokensPerExample;
      expect(prompt).toEqual([...train.tokens.subarray(from, from + train.promptLength[i]!)]);
    }
    const windows = await readFile(join(folder, PREPARED_FILES.trainWindows), 'utf8');
    const rows = windows
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { row: string }).row);
    expect(lessons.map(({ row }) => row.id)).toEqual(rows);
  });

  it('are as many copies of each row as there is room for, and one at least', async (test) => {
    const data = requireData('gesture', test);
    const recipe = await recipeOf('gesture');
    const rows = rowsOfSplit((await readDataset('gesture', data)).rows, 'train').slice(0, 10);
    const count = (mostWindows: number) => [...drawnAs(recipe, 1, mostWindows).of(rows)].length;
    expect([count(100), count(19), count(3)]).toEqual([20, 10, 10]);
  });
});

describe('lessons in place', () => {
  const row = {
    id: 'a',
    label: 'Tap',
    splits: {},
    recording: recordingOf(
      ['light.red'],
      [
        [0, 1],
        [100, 2],
        [200, 3],
        [300, 4],
      ],
    ),
  };

  it('are a row once for each shift, but a snapshot cannot be moved', () => {
    expect([...inPlace(rateTask(), [-1, 0, 1]).of([row])]).toHaveLength(3);
    expect([...inPlace(snapshotTask(), [-1, 0, 1]).of([row])]).toHaveLength(1);
  });

  it('make augmented ones needless where a recipe draws nothing new', async () => {
    const { windows } = await recipeOf('local');
    const still = {
      ...windows,
      copies: 1,
      augment: [],
      starts: [{ from: 'row' as const, shiftSamples: 0, share: 1 }],
    };
    expect(drawsNothingNew(still)).toBe(true);
    expect(drawsNothingNew({ ...still, copies: 2 })).toBe(false);
    expect(drawsNothingNew({ ...still, recombine: true })).toBe(false);
  });
});

describe('the grid of the board', () => {
  it('spans the same time in steps of a sample', () => {
    const fine = atBoardRate(rateTask(), 25);
    expect(fine.window.rows).toBe(10);
    expect(fine.input.kind === 'rate' && fine.input.rateHz).toBeCloseTo(25, 9);
  });

  it('is that of the task where the board sends no faster', () => {
    const task = rateTask();
    expect(atBoardRate(task, 9)).toBe(task);
  });
});
