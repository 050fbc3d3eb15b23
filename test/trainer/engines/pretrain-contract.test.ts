import { cpSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { ReadyCorpus } from '../../../trainer/corpus/ready-corpus.ts';
import { readCheckpoint } from '../../../trainer/engines/checkpoint.ts';
import type { Pretrainer } from '../../../trainer/engines/engine.ts';
import { onnxEngine } from '../../../trainer/engines/onnx/onnx-engine.ts';
import type { PretrainJob } from '../../../trainer/engines/pretrain-job.ts';
import { torchEngine } from '../../../trainer/engines/torch/torch-engine.ts';
import { temporaryFolder } from '../../temporary.ts';
import { requirePyTorch } from '../../tools.ts';
import { folderWith } from '../corpus/corpus-files.ts';
import { distance, type Seen, tinyCorpus, tinyJob, train, trainAndStop } from './tiny-pretraining.ts';

const ENGINES = ['onnx', 'torch'] as const;
type EngineName = (typeof ENGINES)[number];

/** Both compute in 32 bits, in other orders. */
const NATS = 1e-4;
const RELATIVE = 1e-3;

const engineOf = (name: EngineName, test: TestContext): Pretrainer =>
  name === 'onnx' ? onnxEngine : torchEngine({ python: requirePyTorch(test), gpus: 0 });

let corpus: ReadyCorpus;
beforeAll(async () => {
  corpus = await tinyCorpus();
});

/** Each engine's unbroken run, made once. */
const unbroken = new Map<EngineName, Promise<{ job: PretrainJob; seen: Seen }>>();
function unbrokenRun(name: EngineName, test: TestContext) {
  const engine = engineOf(name, test);
  const run = async () => {
    const job = await tinyJob(corpus, folderWith({}));
    return { job, seen: await train(engine, job) };
  };
  const made = unbroken.get(name) ?? run();
  unbroken.set(name, made);
  return made;
}

const checkpointOf = (job: PretrainJob) => readCheckpoint(join(job.folder, 'checkpoint'));
const logOf = (job: PretrainJob) =>
  readFileSync(join(job.folder, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);

/** Of the steps that both have seen, the largest difference of losses. */
const lossDifference = (a: Seen, b: Seen): number =>
  Math.max(
    ...a.steps.flatMap(({ step, lossNats }) =>
      b.steps.filter((other) => other.step === step).map((other) => Math.abs(other.lossNats - lossNats)),
    ),
  );

describe.each(ENGINES)('the %s engine pre-trains', (name) => {
  const other = name === 'onnx' ? 'torch' : 'onnx';

  it('learns, validates and saves when it should, and logs all of it', async (test) => {
    const { job, seen } = await unbrokenRun(name, test);
    expect(seen.steps.map(({ step }) => step)).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
    expect(seen.validations.map(({ step }) => step)).toEqual([5, 10, 14]);
    expect(seen.saved).toEqual([5, 10, 14]);
    expect(seen.result).toEqual(seen.validations.at(-1));
    expect(seen.result.lossNats).toBeLessThan(seen.validations[0]!.lossNats - 0.5);
    const { sequences, bytes } = job.validation;
    const bitsPerToken = seen.result.lossNats / Math.LN2;
    expect(seen.result.bitsPerByte).toBeCloseTo((bitsPerToken * sequences * job.settings.context) / bytes, 9);
    expect(logOf(job)).toHaveLength(14 + 3);
  });

  it('comes to the same result after an interruption', async (test) => {
    const { job: whole, seen: unbroken } = await unbrokenRun(name, test);
    const engine = engineOf(name, test);
    const job = await tinyJob(corpus, await temporaryFolder());
    await trainAndStop(engine, job);
    const { step } = (await checkpointOf(job)).state;
    expect(step).toBeLessThan(14);
    const resumed = await train(engine, job);
    expect(resumed.tokensDone).toBe(step * 8 * 24);
    const far = distance(await checkpointOf(job), await checkpointOf(whole));
    expect(far).toBeLessThan(name === 'onnx' ? Number.MIN_VALUE : 1e-6);
    expect(logOf(job).map((line) => line.step)).toEqual(logOf(whole).map((line) => line.step));
    expect(resumed.result.lossNats).toBeCloseTo(unbroken.result.lossNats, 6);
  });

  it(`goes on from a checkpoint of the ${other} engine`, async (test) => {
    const { job: whole, seen: unbroken } = await unbrokenRun(name, test);
    const job = await tinyJob(corpus, await temporaryFolder());
    await trainAndStop(engineOf(other, test), job);
    const resumed = await train(engineOf(name, test), job);
    expect(resumed.tokensDone).toBeGreaterThan(0);
    expect(lossDifference(resumed, unbroken)).toBeLessThan(NATS);
    expect(distance(await checkpointOf(job), await checkpointOf(whole))).toBeLessThan(RELATIVE);
    const { state } = await checkpointOf(job);
    expect(state.history!.lossNats).toHaveLength(8);
    expect(state).toEqual({ ...(await checkpointOf(whole)).state, history: state.history });
  });

  it('measures a training that is finished, and makes no step more', async (test) => {
    const { job, seen } = await unbrokenRun(other, test);
    const again = await train(engineOf(name, test), job);
    expect(again.steps).toEqual([]);
    expect(again.result.lossNats).toBeCloseTo(seen.result.lossNats, 5);
  });

  it('makes of the parts of a batch what it makes of the whole', async (test) => {
    const { seen: unbroken } = await unbrokenRun(name, test);
    const job = await tinyJob(corpus, await temporaryFolder(), { microBatch: 2 });
    expect(lossDifference(await train(engineOf(name, test), job), unbroken)).toBeLessThan(NATS);
  });

  it('refuses a shard that was cut short', async (test) => {
    const copy = await temporaryFolder();
    cpSync(corpus.folder, copy, { recursive: true });
    truncateSync(join(copy, 'train_000001.bin'), 2000);
    const job = await tinyJob(await ReadyCorpus.open(copy), await temporaryFolder());
    await expect(train(engineOf(name, test), job)).rejects.toThrow(
      /train_000001\.bin is cut short: it has 488 of its 2000/,
    );
  });

  it.for([
    ['step', 100],
    ['validation', 1],
  ] as const)(
    'stops when the loss of a %s is no number, and leaves the last checkpoint',
    async ([, evaluateEvery], test) => {
      const folder = await temporaryFolder();
      const engine = engineOf(name, test);
      const good = await tinyJob(corpus, folder);
      await trainAndStop(engine, good);
      const { step } = (await checkpointOf(good)).state;
      const harmful = await tinyJob(corpus, folder, { learningRate: 1e30, evaluateEvery });
      await expect(train(engine, harmful)).rejects.toThrow(/the loss is no longer a number at step \d/);
      expect((await checkpointOf(good)).state.step).toBe(step);
    },
  );
});

describe('both engines', () => {
  it('have the same losses, gradients and learning rates', async (test) => {
    const [onnx, torch] = [await unbrokenRun('onnx', test), await unbrokenRun('torch', test)];
    expect(lossDifference(onnx.seen, torch.seen)).toBeLessThan(NATS);
    for (const [i, { lr, gradNorm }] of logOf(torch.job).entries()) {
      const line = logOf(onnx.job)[i]!;
      if (lr !== undefined) expect(lr).toBeCloseTo(line.lr!, 12);
      if (gradNorm !== undefined) expect(gradNorm).toBeCloseTo(line.gradNorm!, 3);
    }
    for (const [i, { lossNats, bitsPerByte }] of torch.seen.validations.entries()) {
      expect(lossNats).toBeCloseTo(onnx.seen.validations[i]!.lossNats, 4);
      expect(bitsPerByte).toBeCloseTo(onnx.seen.validations[i]!.bitsPerByte, 4);
    }
    expect(distance(await checkpointOf(torch.job), await checkpointOf(onnx.job))).toBeLessThan(RELATIVE);
  });

  it('leave out the same steps, of any schedule', async (test) => {
    const settings = {
      outliers: { window: 8, deviations: 0.3 },
      schedule: { kind: 'cosine' },
      steps: 20,
    } as const;
    const [onnx, torch] = await Promise.all(
      ENGINES.map(async (name) => {
        const job = await tinyJob(corpus, await temporaryFolder(), settings);
        const seen = await train(engineOf(name, test), job);
        return { seen, state: (await checkpointOf(job)).state };
      }),
    );
    const skipped = (seen: Seen) => seen.steps.filter(({ isSkipped }) => isSkipped).map(({ step }) => step);
    expect(skipped(torch!.seen)).toEqual(skipped(onnx!.seen));
    expect(skipped(onnx!.seen).length).toBeGreaterThan(0);
    expect(torch!.state.skippedSteps).toBe(onnx!.state.skippedSteps);
    expect(lossDifference(torch!.seen, onnx!.seen)).toBeLessThan(NATS);
  });
});
