import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReadyCorpus } from '../../../trainer/corpus/ready-corpus.ts';
import { readCheckpoint, type TrainingState } from '../../../trainer/engines/checkpoint.ts';
import { openBase } from '../../../trainer/open-base.ts';
import { pretrain } from '../../../trainer/stages/pretrain.ts';
import { planPretraining } from '../../../trainer/stages/pretrain-plan.ts';
import { temporaryFolder } from '../../temporary.ts';
import { essay, folderWith, prepared } from '../corpus/corpus-files.ts';
import { tinyCorpus } from '../engines/tiny-pretraining.ts';
import { TOKENS_PER_STEP, tinyRecipe, tinyRun, tinyTrainingOf } from './tiny-foundation.ts';

let corpus: ReadyCorpus;
beforeAll(async () => {
  corpus = await tinyCorpus();
});

const planOf = async (changes: object = {}, steps = 14) =>
  planPretraining(await tinyRecipe(tinyTrainingOf(steps, changes)), corpus.folder);

/** A copy of the corpus that a test may spoil. */
async function copyOfCorpus(): Promise<string> {
  const copy = join(await temporaryFolder(), 'prepare');
  cpSync(corpus.folder, copy, { recursive: true });
  return copy;
}

/** Trains up to a step, as if interrupted there. @returns the folder of the unfinished stage */
async function interrupted(out: string, atStep = 7): Promise<string> {
  const { run, training } = tinyRun(out, ({ step }, stop) => step === atStep && stop());
  await expect(pretrain(await planOf(), training, run)).rejects.toThrow('stopped');
  return join(out, '.pretrain.partial');
}

describe('pretrain', () => {
  it('leaves a model to start from, and does nothing the second time', async () => {
    const out = await temporaryFolder();
    const { run, training, notes } = tinyRun(out);
    const foundation = await pretrain(await planOf(), training, run);
    expect(foundation).toMatchObject({ isResumed: false, troubles: [], validation: { step: 14 } });
    expect((await openBase(foundation.model)).shape).toEqual(foundation.shape);
    expect(readdirSync(out)).toEqual(['pretrain']);
    const [pace] = notes;
    expect(pace).toMatch(
      /^pretrain: 0\.0\d M parameters, 0\.00 M tokens, [\d.]+e\+\d FLOPs: about .* tokens\/s/,
    );

    expect(await pretrain(await planOf(), training, run)).toEqual(foundation);
    expect(notes.at(-1)).toBe('pretrain: done before, nothing changed');
  });

  it('goes on from a model of the same shape and tokenizer', async () => {
    const { run, training } = tinyRun(await temporaryFolder());
    const first = await pretrain(await planOf(), training, run);
    const plan = { ...(await planOf()), base: await openBase(first.model) };
    const second = await pretrain(plan, training, { ...run, out: await temporaryFolder() });
    expect(second.validation.lossNats).toBeLessThan(first.validation.lossNats - 0.1);
  });
});

describe('a recipe that cannot be trained', () => {
  it.each([
    ['no model', { model: undefined }, /the recipe tiny has no `model:` section/],
    ['no training', { pretrain: undefined }, /the recipe tiny has no `pretrain:` section/],
    [
      'parts that do not divide',
      tinyTrainingOf(14, { microBatch: 3 }),
      /pretrain\.microBatch: 3 does not divide the batch of 8/,
    ],
    [
      'a warm-up of all steps',
      tinyTrainingOf(14, { warmupSteps: 14 }),
      /pretrain\.warmupSteps: 14 of 14 steps/,
    ],
    [
      'less than a batch',
      tinyTrainingOf(14, { tokens: TOKENS_PER_STEP - 1 }),
      /pretrain\.tokens: 191 are less than one batch of 192/,
    ],
    ['a rate below zero', tinyTrainingOf(14, { learningRate: -1 }), /tiny\.yaml.*learningRate/s],
    ['a decay of one', tinyTrainingOf(14, { beta2: 1 }), /tiny\.yaml.*beta2/s],
    ['a misspelt key', tinyTrainingOf(14, { bach: 8 }), /tiny\.yaml.*bach/s],
    [
      'an odd width',
      { ...tinyTrainingOf(14), model: { layers: 1, width: 33, heads: 1 } },
      /width 33 is not a multiple of 32/,
    ],
    ['an unknown preset', { ...tinyTrainingOf(14), model: '31M' }, /tiny\.yaml.*model/s],
  ])('is refused: %s', async (_, sections, message) => {
    const planned = tinyRecipe({ ...tinyTrainingOf(14), ...sections }).then((recipe) =>
      planPretraining(recipe, corpus.folder),
    );
    await expect(planned).rejects.toMatchObject({ message: expect.stringMatching(message), exitCode: 78 });
  });
});

describe('a corpus that cannot be trained on', () => {
  const planFor = async (folder: string) => planPretraining(await tinyRecipe(), folder);

  it('is refused where there is none', async () => {
    const folder = await temporaryFolder();
    await expect(planFor(folder)).rejects.toThrow(`${join(folder, 'manifest.json')} is not the manifest`);
  });

  it('is refused with the tokenizer of another', async () => {
    const data = folderWith({ 'other.txt': essay(1, 2000) });
    const source = { name: 'other', format: 'txt', path: 'other.txt' };
    const other = await prepared(data, {
      sources: [source],
      tokenizer: { vocabulary: 330, sampleMb: 1 },
      validation: 0,
    });
    const copy = await copyOfCorpus();
    cpSync(join(other.folder, 'tokenizer.json'), join(copy, 'tokenizer.json'));
    await expect(planFor(copy)).rejects.toThrow(/tokenizer\.json is not the tokenizer that the shards/);
    // Nothing of its one document is left for validation.
    await expect(planFor(other.folder)).rejects.toMatchObject({
      message: expect.stringContaining('has 0 tokens of split "val", and one batch needs 25'),
      hint: expect.stringContaining('corpus.validation'),
    });
  });

  it('is refused when it is smaller than a batch, and leaves nothing under the final name', async () => {
    const out = await temporaryFolder();
    const { run, training } = tinyRun(out);
    const plan = await planOf({ batch: 4096, microBatch: 8, tokens: 4096 * 24, warmupSteps: 0 });
    await expect(pretrain(plan, training, run)).rejects.toThrow(
      /tokens of split "train", and one batch needs 98305/,
    );
    expect(existsSync(join(out, 'pretrain'))).toBe(false);
  });

  it('is refused when two shards have changed places, and is good again when they are put back', async () => {
    const copy = await copyOfCorpus();
    const [first, second] = [join(copy, 'train_000000.bin'), join(copy, 'train_000001.bin')];
    const swap = (): void => {
      renameSync(first, `${first}.aside`);
      renameSync(second, first);
      renameSync(`${first}.aside`, second);
    };
    const { run, training } = tinyRun(await temporaryFolder());
    swap();
    await expect(pretrain(await planFor(copy), training, run)).rejects.toThrow(
      /train_000000\.bin is not what was prepared: its SHA-256/,
    );
    swap();
    expect(await pretrain(await planFor(copy), training, run)).toMatchObject({ validation: { step: 14 } });
  });
});

describe('a base that does not fit', () => {
  it.each([
    [{ layers: 1, width: 32, heads: 2 }, /layers is 1 in the recipe, and 2 in /],
    [{ layers: 2, width: 64, heads: 2 }, /width is 64 in the recipe, and 32 in /],
  ])('is refused: %j', async (model, message) => {
    const { run, training } = tinyRun(await temporaryFolder());
    const base = await openBase((await pretrain(await planOf({}, 4), training, run)).model);
    const recipe = await tinyRecipe({ ...tinyTrainingOf(4), model });
    await expect(planPretraining(recipe, corpus.folder, base)).rejects.toThrow(message);
  });
});

describe('a checkpoint that is not the one that was left', () => {
  const change = (partial: string, changes: Partial<TrainingState>): void => {
    const path = join(partial, 'checkpoint', 'state.json');
    const state = JSON.parse(readFileSync(path, 'utf8')) as TrainingState;
    writeFileSync(path, JSON.stringify({ ...state, ...changes }));
  };

  it.each<[Partial<TrainingState>, RegExp]>([
    [{ seed: 2 }, /checkpoint .* is of another training: the seed is 2 there, and 1 here/],
    [{ tokenizerHash: 'abc' }, /the tokenizer is abc there/],
    [{ dataCursor: 1 }, /sequences read is 1 there, and 56 here/],
    [{ step: 15, dataCursor: 15 * 8 }, /steps made is 15 there, and 14 here/],
    [{ shape: { layers: 2, width: 64, heads: 2, context: 24, vocab: 330 } }, /model\.safetensors/],
  ])('is refused, and good again when it is put back: %j', async (changes, message) => {
    const out = await temporaryFolder();
    const partial = await interrupted(out);
    const aside = join(await temporaryFolder(), 'checkpoint');
    cpSync(join(partial, 'checkpoint'), aside, { recursive: true });
    change(partial, changes);
    const { run, training } = tinyRun(out);
    await expect(pretrain(await planOf(), training, run)).rejects.toThrow(message);
    expect(existsSync(join(out, 'pretrain'))).toBe(false);

    rmSync(join(partial, 'checkpoint'), { recursive: true });
    cpSync(aside, join(partial, 'checkpoint'), { recursive: true });
    expect(await pretrain(await planOf(), training, run)).toMatchObject({ isResumed: true });
  });

  it('is refused when it is whole, but of another shape', async () => {
    const out = await temporaryFolder();
    const partial = await interrupted(out);
    const { run, training } = tinyRun(await temporaryFolder());
    const recipe = await tinyRecipe({ ...tinyTrainingOf(4), model: { layers: 1, width: 32, heads: 2 } });
    await pretrain(await planPretraining(recipe, corpus.folder), training, run);
    rmSync(join(partial, 'checkpoint'), { recursive: true });
    cpSync(join(run.out, 'pretrain', 'checkpoint'), join(partial, 'checkpoint'), { recursive: true });
    await expect(pretrain(await planOf(), training, { ...run, out })).rejects.toThrow(
      /is of another training: layers is 1 there, and 2 here/,
    );
  });
});

describe('a full disk', () => {
  it.skipIf(!existsSync('/dev/full'))(
    'ends it with the last checkpoint whole, from which it goes on when there is room',
    async () => {
      const out = await temporaryFolder();
      const log = join(out, '.pretrain.partial', 'log.jsonl');
      const full = tinyRun(out, ({ step }) => {
        if (step !== 7) return;
        rmSync(log);
        // A device on which every write fails as on a full disk.
        symlinkSync('/dev/full', log);
      });
      await expect(pretrain(await planOf(), full.training, full.run)).rejects.toThrow(
        `cannot write ${join(out, 'pretrain')} (ENOSPC)`,
      );
      const checkpoint = join(out, '.pretrain.partial', 'checkpoint');
      expect((await readCheckpoint(checkpoint)).state.step).toBe(5);
      rmSync(log);

      const { run, training } = tinyRun(out);
      const resumed = await pretrain(await planOf(), training, run);
      const unbroken = await pretrain(await planOf(), training, { ...run, out: await temporaryFolder() });
      const weights = (model: string) => readFileSync(join(model, 'model.safetensors'));
      expect(weights(resumed.model).equals(weights(unbroken.model))).toBe(true);
    },
  );
});
