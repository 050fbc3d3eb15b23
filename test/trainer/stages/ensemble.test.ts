import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeWeights, type GptWeights, weightOf } from '../../../model/weights.ts';
import { promptWriter } from '../../../protocols/templates.ts';
import { onnxEngine } from '../../../trainer/engines/onnx/onnx-engine.ts';
import { exampleCount } from '../../../trainer/example-set.ts';
import type { PreparedData } from '../../../trainer/prepared-data.ts';
import { readSoftTargets } from '../../../trainer/soft-targets.ts';
import { trainSpecialist } from '../../../trainer/stages/ensemble.ts';
import type { Specialist } from '../../../trainer/stages/finetune.ts';
import { prepare } from '../../../trainer/stages/prepare.ts';
import { loudness, loudnessRecipe, tinyTraining } from './tiny-training.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Trained {
  readonly specialist: Specialist;
  readonly data: PreparedData;
  readonly out: string;
  readonly titles: readonly (string | undefined)[];
}

type Hooks = Parameters<typeof tinyTraining>[1];

async function train(name: string, finetune: Record<string, unknown>, hooks?: Hooks): Promise<Trained> {
  const recipe = await loudnessRecipe(folder, finetune);
  const out = join(folder, name);
  const { run, training, titles } = tinyTraining(out, hooks);
  const dataset = loudness();
  const data = await prepare(recipe, dataset, run);
  return { specialist: await trainSpecialist(recipe, dataset, data, training, run), data, out, titles };
}

const member = (out: string, k: number, file: string): string =>
  join(out, 'members', `${k}`, 'finetune', file);

async function memberWeights(
  { out, specialist: { shape } }: Trained,
  k: number,
  file: string,
): Promise<GptWeights> {
  const path = member(out, k, file);
  return decodeWeights(shape, await readFile(path), path);
}

const TOKENS = 'wte.weight';

describe('an ensemble that is averaged', () => {
  const ensemble = { into: 'average', members: 3 };

  it('is the mean of the best weights of members that started alike', async () => {
    const trained = await train('mean', { ensemble });
    const best = await Promise.all([1, 2, 3].map((k) => memberWeights(trained, k, 'best.safetensors')));
    const initial = await Promise.all([1, 2, 3].map((k) => memberWeights(trained, k, 'initial.safetensors')));
    expect(initial[1]).toEqual(initial[0]);
    expect(initial[2]).toEqual(initial[0]);
    const [a, b, c] = best.map((weights) => weightOf(weights, TOKENS));
    expect(b).not.toEqual(a);
    expect(c).not.toEqual(b);
    const made = weightOf(trained.specialist.weights, TOKENS);
    expect(made).toEqual(a!.map((value, i) => (value + b![i]! + c![i]!) / 3));
    expect(trained.titles).toEqual(['member 1 of 3', 'member 2 of 3', 'member 3 of 3']);
  });

  it('is judged by itself, not by its members', async () => {
    const { specialist, data } = await train('judged', { ensemble });
    const { completions } = promptWriter(data.task, data.tokenizer);
    const job = {
      shape: specialist.shape,
      weights: join(specialist.folder, 'best.safetensors'),
      examples: join(data.folder, 'validation.safetensors'),
      completions,
      batch: 5,
      threads: 1,
    };
    const { lossNats, macroF1 } = await onnxEngine.validate(job, 0);
    expect(specialist.validation.macroF1).toBe(macroF1);
    expect(specialist.validation.lossNats).toBeCloseTo(lossNats, 5);
    const time = specialist.time!.seconds;
    const first = JSON.parse(await readFile(member(join(folder, 'judged'), 1, 'time.json'), 'utf8')) as {
      seconds: number;
    };
    expect(time).toBeGreaterThan(first.seconds);
  });
});

describe('an ensemble that is distilled', () => {
  const ensemble = { into: 'distil', members: 2, softShare: 0.9, steps: 12 };

  it('teaches a student the mean of what members from different starts say', async () => {
    const trained = await train('student', { ensemble });
    const { specialist, data, out } = trained;
    const starts = await Promise.all([1, 2].map((k) => memberWeights(trained, k, 'initial.safetensors')));
    expect(weightOf(starts[0]!, TOKENS)).not.toEqual(weightOf(starts[1]!, TOKENS));

    const { completions } = promptWriter(data.task, data.tokenizer);
    const examples = join(data.folder, 'train.safetensors');
    const job = { shape: specialist.shape, examples, completions, batch: 4, threads: 1 };
    const said = [];
    for (const k of [1, 2]) {
      said.push(await onnxEngine.labelProbabilities({ ...job, weights: member(out, k, 'best.safetensors') }));
    }
    const count = exampleCount(data.train);
    const { probabilities } = await readSoftTargets(join(out, 'teacher', 'probabilities.safetensors'), count);
    expect(probabilities).toHaveLength(2 * count);
    for (let i = 0; i < count; i++) {
      expect(probabilities[2 * i]! + probabilities[2 * i + 1]!).toBeCloseTo(1, 5);
      expect(probabilities[2 * i]).toBeCloseTo(
        (said[0]!.probabilities[2 * i]! + said[1]!.probabilities[2 * i]!) / 2,
        6,
      );
    }
    expect(new Set(probabilities.map((p) => Math.round(1e6 * p))).size).toBeGreaterThan(20);

    const log = (await readFile(join(specialist.folder, 'log.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(log.filter((line) => !line.includes('validation'))).toHaveLength(12);
    expect(trained.titles).toEqual(['member 1 of 2', 'member 2 of 2', 'student']);
  });

  it('comes to another student than the truth alone, and keeps the members when only the student changes', async () => {
    const { specialist } = await train('student', { ensemble });
    const alone = await train('alone', { steps: 12 });
    expect(specialist.weightsHash).not.toBe(alone.specialist.weightsHash);
    const other = await train('student', { ensemble: { ...ensemble, softShare: 0.1 } });
    expect(other.titles).toEqual(['student']);
    expect(other.specialist.weightsHash).not.toBe(specialist.weightsHash);
  });
});

it('members learn from windows of their own where the recipe says so', async () => {
  const examplesOf = async (out: string, k: number) =>
    readFile(join(out, 'members', `${k}`, 'prepare', 'train.safetensors'));
  const { out } = await train('own', { ensemble: { into: 'average', members: 2, windows: 'own' } });
  expect(await examplesOf(out, 1)).not.toEqual(await examplesOf(out, 2));
});

/*
 * Stopped after any step of any of its trainings and run again, as often as it takes, a training comes to the same weights:
 * with everything on that has a memory of its own.
 */
describe('an interrupted ensemble', () => {
  const memories = {
    earlyLoss: { fromShare: 0.5, weight: 0.3 },
    balance: { by: ['label', 'group'], power: 0.5 },
    patience: 2,
  };

  it.each([
    { into: 'average', members: 2 },
    { into: 'distil', members: 2, steps: 16 },
  ])('%o', async (ensemble) => {
    const unbroken = await train('unbroken', { ...memories, ensemble });
    let interruptions = 0;
    let broken: Trained | undefined;
    while (!broken) {
      let steps = 0;
      const afterStep = (abort: AbortController) => {
        if (++steps === 10) abort.abort(new Error('stopped'));
      };
      try {
        broken = await train('broken', { ...memories, ensemble }, { afterStep });
      } catch (error) {
        expect(error).toMatchObject({ message: 'stopped' });
        interruptions++;
      }
    }
    expect(interruptions).toBeGreaterThan(2);
    expect(broken.specialist.weightsHash).toBe(unbroken.specialist.weightsHash);
    expect(broken.specialist.validation).toEqual(unbroken.specialist.validation);
    for (const k of [1, 2]) {
      for (const file of ['log.jsonl', 'best.json', 'best.safetensors']) {
        expect(await readFile(member(broken.out, k, file))).toEqual(
          await readFile(member(unbroken.out, k, file)),
        );
      }
    }
  });
});
