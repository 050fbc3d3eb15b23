import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { labelsOf, numbersOf } from '../../protocols/answers.ts';
import { TinyError } from '../../protocols/errors.ts';
import { loadCorpusRecipe } from '../../trainer/corpus/corpus-recipe.ts';
import { loadRecipe } from '../../trainer/recipe.ts';
import { REPOSITORY } from '../tools.ts';

const RECIPES = join(REPOSITORY, 'configs', 'recipes');
const shipped = (name: string) => readFile(join(RECIPES, `${name}.yaml`), 'utf8');

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
  path = join(folder, 'mine.yaml');
});
afterEach(() => rm(folder, { recursive: true }));

/** The gesture recipe with one thing changed. */
async function changed(from: string | RegExp, to: string): Promise<void> {
  const text = (await shipped('gesture')).replace('../tasks/', join(REPOSITORY, 'configs/tasks/'));
  expect(text).toMatch(from);
  await writeFile(path, text.replace(from, to));
}

async function refusal(): Promise<TinyError> {
  const error: unknown = await loadRecipe(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TinyError);
  expect((error as TinyError).exitCode).toBe(78);
  expect((error as TinyError).hint).not.toBe('');
  return error as TinyError;
}

describe('the recipes that ship', () => {
  it('load, each with its task', async () => {
    const isCorpus = (file: string) => /^(foundation|language)-/.test(file);
    const all = await readdir(RECIPES);
    for (const file of all.filter(isCorpus)) {
      expect(`${(await loadCorpusRecipe(join(RECIPES, file))).name}.yaml`).toBe(file);
      await expect(loadRecipe(join(RECIPES, file))).rejects.toThrow('the recipe of a corpus');
    }
    const files = all.filter((file) => !isCorpus(file));
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const recipe = await loadRecipe(join(RECIPES, file));
      expect(`${recipe.name}.yaml`).toBe(file);
      const { answers } = recipe.spec;
      expect(labelsOf(answers).length + numbersOf(answers).length).toBeGreaterThan(0);
    }
  });

  it('have a hash that follows recipe and task', async () => {
    const before = await loadRecipe(join(RECIPES, 'gesture.yaml'));
    await changed('steps: 3000', 'steps: 2501');
    const task = join(folder, 'task.yaml');
    const other = await loadRecipe(path);
    expect(other.hash).not.toBe(before.hash);
    await writeFile(task, await readFile(join(REPOSITORY, 'configs/tasks/gesture.yaml'), 'utf8'));
    await changed(/task: .*/, 'task: task.yaml');
    const own = await loadRecipe(path);
    await writeFile(task, (await readFile(task, 'utf8')).replace('preMs: 400', 'preMs: 480'));
    expect((await loadRecipe(path)).hash).not.toBe(own.hash);
  });
});

describe('a recipe that cannot be used names file and key', () => {
  it.each<[string, string | RegExp, string, string]>([
    ['a misspelt key', 'learningRate: ', 'learningrate: ', 'learningrate'],
    ['a key too many', 'tokenizer: small', 'tokenizer: small\nflavour: salty', 'flavour'],
    ['a number out of range', 'steps: 3000', 'steps: -1', 'finetune.steps'],
    ['a moment that never forgets', 'beta2: 0.99', 'beta2: 1', 'finetune.beta2'],
    ['a text for a number', 'batch: 16', 'batch: many', 'finetune.batch'],
    ['an unknown data set', 'dataset: gesture', 'dataset: weather', 'dataset'],
    ['a model of odd width', 'width: 96', 'width: 100', 'model'],
    ['heads that do not divide', 'heads: 3', 'heads: 5', 'model'],
    ['the spacing of a channel that is not there', 'proximity: {', 'accel.x: {', 'prompt.spacing'],
    [
      'the scale of a channel that is not there',
      'channels: [light.red,',
      'channels: [sound,',
      'windows.augment.0',
    ],
    [
      'a loss at time steps that the prompt does not tell apart',
      /template: stream([\s\S]*)initial: smooth([\s\S]*)evaluateEvery:/,
      'template: tinyllm-paper$1initial: gpt2$2earlyLoss: { fromShare: 0.5, weight: 0.3 }\n  evaluateEvery:',
      'finetune.earlyLoss',
    ],
    [
      'invented rows of an unknown kind',
      'prompt:',
      'synthetic: { kind: weather, train: 9, validation: 9 }\nprompt:',
      'synthetic.kind',
    ],
    [
      'invented rows beside another way to split',
      'prompt:',
      'splitColumn: split_x\nsynthetic: { kind: breathing, train: 9, validation: 9 }\nprompt:',
      'synthetic',
    ],
    ['a start for another template', 'template: stream', 'template: tinyllm-paper', 'initial'],
    ['variants without fp32', '[fp32, int8, q8, q4]', '[int8]', 'quantize.variants: fp32'],
    ['a variant twice', '[fp32, int8, q8, q4]', '[fp32, q4, q4]', 'quantize.variants'],
    ['a variant that is none', '[fp32, int8, q8, q4]', '[fp32, q5]', 'quantize.variants.1'],
    ['a drop of more than all', 'maxDrop: 0.005', 'maxDrop: 2', 'maxDrop'],
    [
      'folds that leave nothing to train',
      'bundle:',
      'crossValidation: { folds: 2 }\nbundle:',
      'crossValidation.folds',
    ],
  ])('%s', async (_, from, to, key) => {
    await changed(from, to);
    const { message } = await refusal();
    expect(message).toContain(path);
    expect(message).toContain(key);
  });

  it('a trigger that the task does not have', async () => {
    await changed('tasks/gesture.yaml', 'tasks/local.yaml');
    await writeFile(path, (await readFile(path, 'utf8')).replace(/spacing:(\n {4}.*)+/, 'spacing: {}'));
    await writeFile(path, (await readFile(path, 'utf8')).replace(/augment:(\n {4}.*)+/, 'augment: []'));
    expect((await refusal()).message).toContain('windows.starts.1.from: task local has no trigger');
  });

  it('YAML that is none, with its line and column', async () => {
    await changed('batch: 16', 'batch: 16\n    oops: : [');
    expect((await refusal()).message).toMatch(new RegExp(`^${path}:\\d+:\\d+: `));
  });

  it('a key given twice', async () => {
    await changed('batch: 16', 'batch: 16\n  batch: 32');
    expect((await refusal()).message).toContain(`${path}:`);
  });

  it('a file that is missing, the recipe or its task', async () => {
    expect((await refusal()).message).toContain(path);
    await changed(/task: .*/, 'task: nowhere.yaml');
    expect((await refusal()).message).toContain(join(folder, 'nowhere.yaml'));
  });

  it('a task with a mistake of its own', async () => {
    await changed(/task: .*/, 'task: task.yaml');
    await writeFile(join(folder, 'task.yaml'), 'name: gesture\n');
    expect((await refusal()).message).toContain(join(folder, 'task.yaml'));
  });
});
