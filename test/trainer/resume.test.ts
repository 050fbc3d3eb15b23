import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { requireData, sharedData } from '../tools.ts';
import {
  checkpointStep,
  ended,
  filesOfRun,
  killAgainAndAgain,
  start,
  tinyllm,
  writeLocalRecipe,
} from './trained.ts';

/*
 * Whatever happens to the process, the same command run again comes to the same files, byte for byte; only times that
 * a clock measured differ. Where a kill falls is random, but the result it must lead to is not.
 */

const STEPS = 300;
const KILLS = 10;

describe('an interrupted training', () => {
  let folder: string;
  let recipe: string;
  let unbroken: Map<string, string>;

  const out = (name: string) => join(folder, name);
  const train = (name: string, seed = 1) => [
    ...['train', '--recipe', recipe, '--data', join(sharedData()!, 'local'), '--out', out(name)],
    ...['--threads', '1', '--seed', String(seed)],
  ];
  const partial = (name: string) => join(out(name), '.finetune.partial');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
    if (sharedData() !== undefined) {
      recipe = await writeLocalRecipe(folder, { tinySteps: STEPS });
      expect(await tinyllm(...train('unbroken'))).toMatchObject({ exit: 0 });
      unbroken = await filesOfRun(out('unbroken'));
    }
    return () => rm(folder, { recursive: true });
  });

  async function expectUnbroken(name: string): Promise<void> {
    const files = await filesOfRun(out(name));
    expect([...files.keys()].sort()).toEqual([...unbroken.keys()].sort());
    const changed = [...files.keys()].filter((path) => files.get(path) !== unbroken.get(path));
    expect(changed).toEqual([]);
  }

  it('comes to the same files when it is killed again and again', async (test) => {
    requireData('local', test);
    await killAgainAndAgain(train('killed'), { partial: partial('killed'), steps: STEPS, kills: KILLS });
    expect(await tinyllm(...train('killed'))).toMatchObject({ exit: 0 });
    await expectUnbroken('killed');
  });

  it('stops at Ctrl-C after a checkpoint, says so, and goes on from there', async (test) => {
    requireData('local', test);
    const child = start(...train('stopped'));
    const result = ended(child);
    while (!existsSync(join(partial('stopped'), 'checkpoint')) && child.exitCode === null) await sleep(5);
    child.kill('SIGINT');
    const { exit, stdout, stderr } = await result;
    expect({ exit, stdout }).toEqual({ exit: 130, stdout: '' });
    expect(stderr).toMatch(/^stopping: the same command goes on from here$/m);
    expect(stderr).toMatch(/^stopped by SIGINT$/m);
    const step = await checkpointStep(partial('stopped'));
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(STEPS);

    const again = await tinyllm(...train('stopped'));
    expect(again.exit).toBe(0);
    expect(again.stderr).toContain('prepare: done before, nothing changed');
    expect(again.stderr).toContain('finetune: going on where it was interrupted');
    await expectUnbroken('stopped');
  });

  it('is the same at every run, and another one with another seed', async (test) => {
    requireData('local', test);
    expect(await tinyllm(...train('again'))).toMatchObject({ exit: 0 });
    await expectUnbroken('again');
    expect(await tinyllm(...train('other', 2))).toMatchObject({ exit: 0 });
    const other = await filesOfRun(out('other'));
    expect(other.get('finetune/best.safetensors')).not.toBe(unbroken.get('finetune/best.safetensors'));
  });

  it('logs every step and validation once', async (test) => {
    requireData('local', test);
    const lines = unbroken
      .get(join('finetune', 'log.jsonl'))!
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { step: number; kind?: string });
    const steps = lines.filter(({ kind }) => kind === undefined).map(({ step }) => step);
    expect(steps).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
    const validations = lines.filter(({ kind }) => kind === 'validation').map(({ step }) => step);
    expect(validations).toEqual(Array.from({ length: STEPS / 20 }, (_, i) => 20 * (i + 1)));
    const stages = ['baselines', 'bundle', 'evaluate', 'finetune', 'prepare', 'quantize'];
    expect(await readdir(out('unbroken'))).toEqual([...stages, 'report.html']);
  });
});
