import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../tools.ts';
import { tinyllm } from './trained.ts';

const EXAMPLE = join(REPOSITORY, 'examples', 'activity-csv');
const DATA = join(EXAMPLE, 'recordings');

let folder: string;
let recipe: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
  await cp(join(EXAMPLE, 'task.yaml'), join(folder, 'task.yaml'));
  recipe = join(folder, 'recipe.yaml');
  // The tutorial's recipe with a model that learns in a second.
  const text = (await readFile(join(EXAMPLE, 'recipe.yaml'), 'utf8'))
    .replace(/^model: .*/m, 'model: { layers: 1, width: 32, heads: 1 }')
    .replace(/^ {2}copies: .*/m, '  copies: 1')
    .replace(/^ {2}steps: .*/m, '  steps: 40')
    .replace(/^ {2}evaluateEvery: .*/m, '  evaluateEvery: 20')
    .replace(/^quantize: .*/m, '')
    .replace(/^baselines: .*/m, 'baselines: false');
  await writeFile(recipe, text);
});
afterAll(() => rm(folder, { recursive: true }));

const flags = (data = DATA, out = 'run') => ['--recipe', recipe, '--data', data, '--out', join(folder, out)];

describe('the tutorial docs/your-own-data.md', () => {
  it('tells what each split holds, by text and as JSON', async () => {
    const told = await tinyllm('prepare', ...flags());
    expect(told).toMatchObject({ exit: 0 });
    const tutorial = await readFile(join(REPOSITORY, 'docs', 'your-own-data.md'), 'utf8');
    const table = told.stdout.split('\n\n')[0]!;
    expect(table).toMatch(/^ +train +validation +test$/m);
    // The table that a reader compares with theirs.
    expect(tutorial).toContain(table);
    const { splits } = JSON.parse((await tinyllm('prepare', ...flags(), '--json')).stdout);
    expect(splits.test).toMatchObject({ groups: 4, labels: { walking: expect.any(Number) } });
  });

  it('comes from tables to a bundle that verifies and reads a replayed recording', async () => {
    const few = join(folder, 'few');
    const isTaken = (path: string) => !/s\d\d-\d/.test(path) || /s0[1-6]-/.test(path);
    await cp(DATA, few, { recursive: true, filter: isTaken });
    const text = await readFile(recipe, 'utf8');
    await writeFile(
      recipe,
      text.replace(/test: .*/, 'test: [s03]').replace(/validation: \[s.*/, 'validation: [s06]'),
    );
    const trained = await tinyllm('train', ...flags(few), '--threads', '1', '--json');
    expect(trained).toMatchObject({ exit: 0 });
    const bundle = join((JSON.parse(trained.stdout) as { folder: string }).folder, 'my-activity');
    expect(await tinyllm('verify', '--bundle', bundle)).toMatchObject({ exit: 0 });
    const recordings = join(folder, 'test.jsonl.gz');
    expect(
      await tinyllm('convert', '--recipe', recipe, '--data', few, '--split', 'test', '--out', recordings),
    ).toMatchObject({ exit: 0, stdout: `${recordings}: 2 recordings\n` });
    const replayed = await tinyllm('replay', '--recordings', recordings, '--bundle', bundle, '--json');
    expect(replayed).toMatchObject({ exit: 0 });
    const { summary } = JSON.parse(replayed.stdout.trimEnd().split('\n').at(-1)!);
    expect(summary.predictions).toBeGreaterThan(10);
  }, 180_000);

  it('refuses spoilt tables before it leaves anything', async () => {
    const spoilt = join(folder, 'spoilt');
    await cp(join(REPOSITORY, 'examples', 'activity-csv', 'recordings'), spoilt, { recursive: true });
    await writeFile(
      join(spoilt, 's21-1.csv'),
      't,ax,ay,az,gx,gy,gz,label,person\n0,1,2,3,4,5,x,walking,s21\n',
    );
    const refused = await tinyllm('train', ...flags(spoilt, 'refused'));
    expect(refused).toMatchObject({ exit: 1, stdout: '' });
    expect(refused.stderr).toContain('s21-1.csv:2: "x" in column "gz" is no number\nhint: ');
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });
});
