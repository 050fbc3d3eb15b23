import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { readCheckpoint } from '../../../trainer/engines/checkpoint.ts';
import { finetune } from '../../../trainer/stages/finetune.ts';
import { prepare } from '../../../trainer/stages/prepare.ts';
import { loudness, loudnessRecipe, tinyTraining } from './tiny-training.ts';

/* Adapters of a base, trained through the stages as `tinyllm finetune` does, interrupted and not. */

const STEPS = 12;
const LORA = { rank: 2, alpha: 4, dropout: 0.2 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
  await train('base', {});
  return () => rm(folder, { recursive: true });
});

/** @param afterStep may abort, as Ctrl-C does, or throw, as nothing that is killed writes a checkpoint */
async function train(
  name: string,
  { base, afterStep = () => {} }: { base?: string; afterStep?: (step: number, abort: () => void) => void },
) {
  const recipe = await loudnessRecipe(
    join(folder, `${name}-recipe`),
    { steps: STEPS, evaluateEvery: 4, ...(base && { lora: LORA }) },
    base,
  );
  let steps = 0;
  const { run, training } = tinyTraining(join(folder, name), {
    afterStep: (abort) => afterStep(++steps, () => abort.abort(new Error('stopped'))),
  });
  const data = await prepare(recipe, loudness(), run);
  const { folder: out } = await finetune(recipe, data, training, run);
  const files = ['best.safetensors', 'best.json', 'log.jsonl'].map((file) =>
    readFile(join(out, file), 'hex'),
  );
  return { files: await Promise.all(files), checkpoint: await readCheckpoint(join(out, 'checkpoint')) };
}

it('adapters come to the same weights wherever they were stopped or killed, and their checkpoint holds them alone', async () => {
  const base = join(folder, 'base', 'finetune');
  const unbroken = await train('unbroken', { base });
  expect(unbroken.files[0]).not.toBe((await readFile(join(base, 'best.safetensors'))).toString('hex'));
  expect(unbroken.checkpoint.state.lora).toMatchObject(LORA);
  expect([...unbroken.checkpoint.weights.keys()].every((tensor) => /\.lora_[AB]$/.test(tensor))).toBe(true);

  const stop = (step: number, abort: () => void) => {
    if (step === 5) abort();
  };
  await expect(train('broken', { base, afterStep: stop })).rejects.toThrow('stopped');
  const kill = (step: number) => {
    if (step === 5) throw new Error('killed'); // the tenth of all: two after the last checkpoint
  };
  await expect(train('broken', { base, afterStep: kill })).rejects.toThrow('killed');
  expect(await train('broken', { base })).toEqual(unbroken);
});
