import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluationReport } from '../../trainer/evaluation.ts';
import type { CrossValidation } from '../../trainer/stages/cross-validate.ts';
import { REPOSITORY, requireData } from '../tools.ts';
import { filesOfRun, tinyllm, writeLocalRecipe } from './trained.ts';

const LOCAL = join(REPOSITORY, 'configs', 'recipes', 'local.yaml');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Result {
  readonly folder: string;
  readonly report: EvaluationReport;
  readonly crossValidation?: CrossValidation;
}

async function trainTwice(recipe: string, data: string, out: string) {
  const command = ['train', '--recipe', recipe, '--data', data, '--out', join(folder, out), '--json'];
  const { exit, stdout, stderr } = await tinyllm(...command);
  expect({ exit, stderr }).toMatchObject({ exit: 0 });
  return { result: JSON.parse(stdout) as Result, stdout, stderr, again: await tinyllm(...command) };
}

describe('tinyllm train', () => {
  it('makes the local bundle: it verifies and knows the test rows; a second run finds it done', async (test) => {
    const data = requireData('local', test);
    const { result, stdout, stderr, again } = await trainTwice(await writeLocalRecipe(folder), data, 'local');
    expect(result.report.n).toBe(49);
    expect(result.report.accuracy).toBeGreaterThanOrEqual(0.98);
    const bundle = join(result.folder, 'local');
    expect(await tinyllm('verify', '--bundle', bundle)).toMatchObject({ exit: 0 });
    expect(await readFile(join(bundle, 'card.md'), 'utf8')).toContain(
      `| accuracy | ${result.report.accuracy!.toFixed(3)} |`,
    );

    const evaluated = await tinyllm(
      ...['evaluate', '--bundle', bundle, '--dataset', 'local', '--data', data, '--split', 'test', '--json'],
    );
    const report = JSON.parse(evaluated.stdout) as EvaluationReport;
    expect(report.confusion).toEqual(result.report.confusion);
    expect(report.ci95).toEqual(result.report.ci95);

    expect(stderr).toMatch(/^quantize: fp32.* accepted$/m);
    expect(stderr).toMatch(/^evaluate: 49 test rows, accuracy \d+\.\d %$/m);
    for (const told of [stderr, again.stderr]) {
      expect(told).toContain(`\ncheck it: npx tinyllm verify --bundle ${bundle}\n`);
    }
    expect(again.stdout).toBe(stdout);
    for (const stage of ['prepare', 'finetune', 'quantize', 'evaluate', 'bundle']) {
      expect(again.stderr).toContain(`${stage}: done before, nothing changed`);
    }
  });

  it('measures on sessions that were never seen where the recipe asks for it', async (test) => {
    const data = requireData('local', test);
    const recipe = await writeLocalRecipe(folder, { tinySteps: 300, folds: true });
    const { result, stderr, again } = await trainTwice(recipe, data, 'folds');
    expect(result.crossValidation).toMatchObject({ folds: 5, groups: 34, n: 329 });
    expect(result.crossValidation!.accuracy).toBeGreaterThanOrEqual(0.9);
    expect(await readFile(join(result.folder, 'local', 'card.md'), 'utf8')).toContain(
      `Grouped by session: accuracy ${result.crossValidation!.accuracy!.toFixed(3)}`,
    );
    const file = join(folder, 'folds', 'folds', 'cross-validation.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(result.crossValidation);
    expect(stderr).toContain('\nfolds: 5 more trainings, for the figures by session\n');
    expect(again.stderr).toContain('folds: done before, nothing changed');
    const command = ['evaluate', '--recipe', recipe, '--data', data, '--out', join(folder, 'folds')];
    expect((await tinyllm(...command)).stdout).toContain(
      '\non sessions never seen, 5 models: 329 rows of 34 sessions\n',
    );
  });

  it('is its stages one after the other', async (test) => {
    const data = requireData('local', test);
    const recipe = await writeLocalRecipe(folder, { tinySteps: 40 });
    const run = (stage: string, out: string) =>
      tinyllm(stage, '--recipe', recipe, '--data', data, '--out', join(folder, out), '--threads', '1');
    for (const stage of ['prepare', 'finetune', 'quantize', 'evaluate', 'bundle']) {
      expect(existsSync(join(folder, 'staged', stage)), stage).toBe(false);
      expect(await run(stage, 'staged')).toMatchObject({ exit: 0 });
      expect(existsSync(join(folder, 'staged', stage)), stage).toBe(true);
    }
    expect(await run('train', 'whole')).toMatchObject({ exit: 0 });
    expect(await filesOfRun(join(folder, 'staged'))).toEqual(await filesOfRun(join(folder, 'whole')));
  });

  it('asks for the data it needs, and names what is missing', async () => {
    const out = join(folder, 'none');
    expect(await tinyllm('train', '--recipe', LOCAL, '--out', out)).toEqual({
      exit: 2,
      signal: null,
      stdout: '',
      stderr: 'error: the recipe local needs data set "local"\nhint: say where it is: --data PATH\n',
    });
    const nowhere = await tinyllm(
      'train',
      '--recipe',
      LOCAL,
      '--out',
      out,
      '--data',
      join(folder, 'nowhere'),
    );
    expect(nowhere).toMatchObject({ exit: 1, stdout: '' });
    expect(nowhere.stderr).toMatch(/^error: there is no data at .*nowhere\nhint: docs\/data\.md says/);
    const missing = await tinyllm(
      'train',
      '--recipe',
      join(folder, 'no.yaml'),
      '--out',
      out,
      '--data',
      folder,
    );
    expect(missing).toMatchObject({ exit: 78, stdout: '' });
    expect(missing.stderr).toContain('no.yaml');
    expect(existsSync(out)).toBe(false);
  });
});
