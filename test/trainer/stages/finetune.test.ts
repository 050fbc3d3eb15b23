import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { finetune } from '../../../trainer/stages/finetune.ts';
import { prepare } from '../../../trainer/stages/prepare.ts';
import { loudness, loudnessRecipe, tinyTraining } from './tiny-training.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
});
afterEach(() => rm(folder, { recursive: true }));

const PATIENCE = 2;
const EVERY = 5;
const STEPS = 60;

/** A training that cannot get better: what it learns is wrong in the validation split. */
async function train(name: string, changes: Record<string, unknown>, abortAfter?: number) {
  const recipe = await loudnessRecipe(folder, {
    steps: STEPS,
    evaluateEvery: EVERY,
    learningRate: 0.01,
    ...changes,
  });
  let steps = 0;
  const afterStep = (abort: AbortController) => {
    if (++steps === abortAfter) abort.abort(new Error('stopped'));
  };
  const { run, training } = tinyTraining(join(folder, name), { afterStep });
  const data = await prepare(recipe, loudness({ flipped: true }), run);
  const { folder: out, validation } = await finetune(recipe, data, training, run);
  const log = await readFile(join(out, 'log.jsonl'), 'utf8');
  const lines = log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { step: number; kind?: string; lr: number });
  return { log, best: validation.step, steps: lines.filter(({ kind }) => kind === undefined) };
}

it('a training ends when its patience does, at the learning rates of a whole one', async () => {
  const whole = await train('whole', {});
  expect(whole.steps).toHaveLength(STEPS);
  const { best, steps } = await train('patient', { patience: PATIENCE });
  expect(steps).toHaveLength(best + PATIENCE * EVERY);
  expect(steps.length).toBeLessThan(STEPS);
  expect(steps.map(({ lr }) => lr)).toEqual(whole.steps.slice(0, steps.length).map(({ lr }) => lr));
});

it('it ends at the same step wherever it was interrupted before', async () => {
  const { log, steps } = await train('patient', { patience: PATIENCE });
  for (const abortAfter of [EVERY - 1, EVERY, steps.length - 2]) {
    const name = `after-${abortAfter}`;
    await expect(train(name, { patience: PATIENCE }, abortAfter)).rejects.toThrow('stopped');
    expect((await train(name, { patience: PATIENCE })).log).toBe(log);
  }
});

it.each([
  ['earlyLoss', { fromShare: 0.5, weight: 0.3 }],
  ['balance', { by: ['label', 'group'], power: 1 }],
])('%s changes what is learnt, and nothing when it says nothing', async (key, value) => {
  const plain = await train('plain', { steps: EVERY });
  expect((await train('same', { steps: EVERY })).log).toBe(plain.log);
  expect((await train('other', { steps: EVERY, [key]: value })).log).not.toBe(plain.log);
});

it('prepared examples know whose they are', async () => {
  const recipe = await loudnessRecipe(folder);
  const dataset = loudness();
  const { train: set, folder: out } = await prepare(
    recipe,
    dataset,
    tinyTraining(join(folder, 'groups')).run,
  );
  const windows = (await readFile(join(out, 'train.windows.jsonl'), 'utf8')).trimEnd().split('\n');
  const groupOf = new Map(dataset.rows.map(({ id, recording }) => [id, recording.group]));
  const named = windows.map((line) => groupOf.get((JSON.parse(line) as { row: string }).row));
  const pairs = new Set(named.map((name, i) => `${name} ${set.group![i]}`));
  expect(pairs.size).toBe(new Set(named).size);
  expect(new Set(set.group).size).toBe(pairs.size);
});
