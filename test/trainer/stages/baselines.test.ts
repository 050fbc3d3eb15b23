import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import type { Dataset, LabelledRow } from '../../../trainer/datasets/dataset.ts';
import { foldsOf } from '../../../trainer/grouped-folds.ts';
import { type LoadedRecipe, loadRecipe } from '../../../trainer/recipe.ts';
import { baselines, foldBaselines } from '../../../trainer/stages/baselines.ts';
import { pooled } from '../../../trainer/stages/cross-validate.ts';
import { rateTask, recordingOf } from '../../protocols/examples.ts';
import { REPOSITORY } from '../../tools.ts';

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'tinyllm-'));
});
afterEach(() => rm(out, { recursive: true }));

/** Three labels of rows a light tells apart, of six sessions, two of which are the test. */
function lights(): Dataset {
  const random = RandomStream.seeded(5);
  const rows = Array.from({ length: 72 }, (_, i): LabelledRow => {
    const session = i % 6;
    const label = Math.floor(i / 6) % 3;
    const samples = Array.from({ length: 8 }, (_, t) => [50 * t, 10 * label + random.normal(), 0]);
    return {
      id: `row-${i}`,
      label: ['Tap', 'Double', 'Hold'][label]!,
      splits: { split: session < 3 ? 'train' : session === 3 ? 'validation' : 'test' },
      recording: {
        ...recordingOf(['light.red', 'proximity'], samples as [number, ...number[]][]),
        group: `s${session}`,
      },
    };
  });
  return { rows, skipped: [], hash: 'lights' };
}

async function recipeFor(changes: Partial<LoadedRecipe> = {}): Promise<LoadedRecipe> {
  const gesture = await loadRecipe(join(REPOSITORY, 'configs', 'recipes', 'gesture.yaml'));
  const windows = {
    ...gesture.windows,
    copies: 2,
    augment: [],
    starts: [{ from: 'row' as const, shiftSamples: 1, share: 1 }],
  };
  return { ...gesture, spec: rateTask(), windows, crossValidation: { folds: 3 }, ...changes };
}

const runTo = (notes: string[], signal = new AbortController().signal) => ({
  ...{ out, seed: 1, signal },
  note: (line: string) => void notes.push(line),
});

describe('the baselines of a recipe', () => {
  it('answer the test rows taught in place and by augmented windows, and are found done', async () => {
    const notes: string[] = [];
    const answers = await baselines(await recipeFor(), lights(), [-1, 0], runTo(notes));
    expect(answers.map(({ name }) => name)).toEqual(
      ['', ', augmented'].flatMap((taught) =>
        ['rows', 'features'].flatMap((inputs) =>
          ['kNN (5)', 'random forest', 'gradient boosting'].map(
            (method) => `${method} on ${inputs}${taught}`,
          ),
        ),
      ),
    );
    for (const { scored, shifts, windows, name } of answers) {
      expect(scored).toHaveLength(24);
      expect(windows).toBe(name.endsWith('augmented') ? 72 : 36);
      expect(shifts[0]).toBeGreaterThan(0.6);
      expect(Object.keys(shifts).sort()).toEqual(['-1', '0']);
    }
    const again: string[] = [];
    expect(await baselines(await recipeFor(), lights(), [-1, 0], runTo(again))).toEqual(answers);
    expect(again).toEqual(
      ['baselines', 'baselines-augmented'].map((name) => `${name}: done before, nothing changed`),
    );
  });

  it('go on after an interruption with the methods that are missing', async () => {
    const stop = new AbortController();
    const interrupted = { ...runTo([], stop.signal), note: () => stop.abort() };
    await expect(baselines(await recipeFor(), lights(), [], interrupted)).rejects.toThrow(/abort/);
    const done = (await readdir(join(out, '.baselines.partial'))).filter((file) => file !== 'stamp.json');
    expect(done).toEqual(['kNN-5-on-rows.json']);
    const rest: string[] = [];
    expect(
      await baselines(await recipeFor({ baselines: { augmentedWindows: 0 } }), lights(), [], runTo(rest)),
    ).toHaveLength(6);
    expect(rest.filter((line) => line.includes('trained in'))).toHaveLength(5);
  });

  it('are none where the recipe wants none', async () => {
    expect(await baselines(await recipeFor({ baselines: false }), lights(), [], runTo([]))).toEqual([]);
  });
});

it('beside a model in grouped folds, each row is asked once, in the order of the folds', async () => {
  const recipe = await recipeFor({ baselines: { augmentedWindows: 0 } });
  const folds = foldsOf(recipe, lights());
  const methods = await foldBaselines(recipe, lights(), runTo([]));
  const labels = ['Tap', 'Double', 'Hold'];
  const truths = folds.flat().map(({ label }) => labels.indexOf(label));
  for (const { scored } of methods) expect(scored.map(({ truth }) => truth)).toEqual(truths);
  // A model that is right everywhere leads every method by what it lacks.
  const right = truths.map((truth) => ({
    label: { truth, probs: labels.map((_, i) => Number(i === truth)) },
    numbers: [],
  }));
  const { baselines: reports, groups, n } = pooled(right, methods, folds, recipe.spec.answers);
  expect([n, groups]).toEqual([72, 6]);
  for (const { accuracy, modelMinusThis } of reports!) {
    expect(modelMinusThis.accuracy.value).toBeCloseTo(1 - accuracy, 12);
  }
});
