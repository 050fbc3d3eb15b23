import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyCorpus } from './engines/tiny-pretraining.ts';
import { recipeText, tinyTrainingOf } from './stages/tiny-foundation.ts';
import { checkpointStep, ended, filesOfRun, killAgainAndAgain, start, tinyllm } from './trained.ts';

/*
 * Whatever happens to the process, the same command run again comes to the same weights, bit for bit. Where a kill falls is
 * random, but the result it must lead to is not.
 */

const STEPS = 400;
const KILLS = 10;

describe('an interrupted pre-training', () => {
  let folder: string;
  let unbroken: Map<string, string>;
  let command: (name: string) => string[];
  const partial = (name: string): string => join(folder, name, '.pretrain.partial');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
    const recipe = join(folder, 'tiny.yaml');
    await writeFile(recipe, recipeText(tinyTrainingOf(STEPS)));
    const corpus = await tinyCorpus();
    command = (name) => [
      ...['pretrain', '--recipe', recipe, '--corpus', corpus.folder],
      ...['--out', join(folder, name), '--threads', '1'],
    ];
    expect(await tinyllm(...command('unbroken'))).toMatchObject({ exit: 0 });
    unbroken = await filesOf('unbroken');
    return () => rm(folder, { recursive: true });
  });

  /** All that is left, but how long it took. */
  async function filesOf(name: string): Promise<Map<string, string>> {
    const files = await filesOfRun(join(folder, name));
    files.delete(join('pretrain', 'result.json'));
    return files;
  }

  async function expectUnbroken(name: string): Promise<void> {
    const files = await filesOf(name);
    expect([...files.keys()].sort()).toEqual([...unbroken.keys()].sort());
    expect([...files.keys()].filter((path) => files.get(path) !== unbroken.get(path))).toEqual([]);
    expect(unbroken.has(join('pretrain', 'model', 'model.safetensors'))).toBe(true);
  }

  it('comes to the same weights when it is killed again and again', async () => {
    await killAgainAndAgain(command('killed'), { partial: partial('killed'), steps: STEPS, kills: KILLS });
    expect(existsSync(join(folder, 'killed', 'pretrain'))).toBe(false);
    const last = await tinyllm(...command('killed'));
    expect(last).toMatchObject({ exit: 0 });
    expect(last.stderr).toContain('pretrain: going on where it was interrupted');
    await expectUnbroken('killed');
  });

  it('stops at Ctrl-C after a checkpoint, says so, and goes on from there', async () => {
    const child = start(...command('stopped'));
    const result = ended(child);
    while ((await checkpointStep(partial('stopped'))) === 0 && child.exitCode === null) await sleep(2);
    child.kill('SIGINT');
    const { exit, stdout, stderr } = await result;
    expect({ exit, stdout }).toEqual({ exit: 130, stdout: '' });
    expect(stderr).toMatch(/^stopping: the same command goes on from here$/m);
    const step = await checkpointStep(partial('stopped'));
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(STEPS);
    expect(await tinyllm(...command('stopped'))).toMatchObject({ exit: 0 });
    await expectUnbroken('stopped');
  });
});
