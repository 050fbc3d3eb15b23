import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { ReadyCorpus } from '../../../../trainer/corpus/ready-corpus.ts';
import { readState } from '../../../../trainer/engines/checkpoint.ts';
import { onnxEngine } from '../../../../trainer/engines/onnx/onnx-engine.ts';
import type { PretrainJob } from '../../../../trainer/engines/pretrain-job.ts';
import { findTorch } from '../../../../trainer/engines/torch/find-torch.ts';
import { JobWritten, jobWriter, writeJob } from '../../../../trainer/engines/torch/job-file.ts';
import { torchEngine } from '../../../../trainer/engines/torch/torch-engine.ts';
import { PRETRAIN_PROGRAM } from '../../../../trainer/engines/torch/torch-process.ts';
import { pretrain } from '../../../../trainer/stages/pretrain.ts';
import { planPretraining } from '../../../../trainer/stages/pretrain-plan.ts';
import { temporaryFolder } from '../../../temporary.ts';
import { requirePyTorch, requireTool } from '../../../tools.ts';
import { tinyRecipe, tinyRun, tinyTrainingOf } from '../../stages/tiny-foundation.ts';
import { tinyCorpus, tinyJob, train, trainAndStop } from '../tiny-pretraining.ts';

let corpus: ReadyCorpus;
beforeAll(async () => {
  corpus = await tinyCorpus();
});

const engine = (test: TestContext, processes?: number) =>
  torchEngine({ python: requirePyTorch(test), gpus: 0 }, processes);

const stepOf = async (job: PretrainJob): Promise<number> =>
  (await readState(join(job.folder, 'checkpoint'))).step;

/** A program that runs `script` with its own arguments in "$@". */
async function program(script: string): Promise<string> {
  const path = join(await temporaryFolder(), 'python');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Runs `pretrain.py` without the engine, and with nothing to read on stdin. */
function trainedByHand(test: TestContext, ...argv: string[]) {
  const { status, stdout } = spawnSync(requirePyTorch(test), [PRETRAIN_PROGRAM, ...argv], {
    input: '',
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const lines = stdout.trimEnd().split('\n');
  const events = lines.map((line) => JSON.parse(line) as { event: string; step: number; lossNats: number });
  return { status, events };
}

/** The number of the process that torchrun started as this rank for this job. */
function processOfRank(rank: number, job: PretrainJob): number {
  const file = (pid: string, name: string): string[] => {
    try {
      return readFileSync(join('/proc', pid, name), 'utf8').split('\0');
    } catch {
      return []; // it has ended meanwhile
    }
  };
  const isIt = (pid: string): boolean =>
    file(pid, 'cmdline').includes(join(job.folder, 'job.json')) &&
    file(pid, 'environ').includes(`RANK=${rank}`);
  const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isIt(name));
  expect(found).toHaveLength(1);
  return Number(found[0]);
}

describe('two processes', () => {
  it('make of a batch what one makes of it', async (test) => {
    const whole = await train(onnxEngine, await tinyJob(corpus, await temporaryFolder()));
    const job = await tinyJob(corpus, await temporaryFolder(), { microBatch: 2 });
    const shared = await train(engine(test, 2), job);
    for (const [i, { lossNats }] of shared.steps.entries()) {
      expect(lossNats).toBeCloseTo(whole.steps[i]!.lossNats, 4);
    }
    expect(shared.result.lossNats).toBeCloseTo(whole.result.lossNats, 4);
    expect(shared.saved).toEqual(whole.saved);
  });

  it('stop together, after a checkpoint', async (test) => {
    const job = await tinyJob(corpus, await temporaryFolder(), { steps: 100_000, evaluateEvery: 50 });
    await trainAndStop(engine(test, 2), job);
    const stoppedAt = await stepOf(job);
    expect(stoppedAt).toBeGreaterThan(50);
    const log = readFileSync(join(job.folder, 'log.jsonl'), 'utf8').trimEnd().split('\n');
    expect(JSON.parse(log.at(-1)!)).toMatchObject({ step: stoppedAt });
  });

  it('end when one is lost; one alone goes on from the last checkpoint', async (test) => {
    const job = await tinyJob(corpus, await temporaryFolder());
    const onSaved = async () => void process.kill(processOfRank(1, job), 'SIGKILL');
    await expect(train(engine(test, 2), job, { onSaved })).rejects.toThrow(
      /^another process of this training was lost/,
    );
    expect(await stepOf(job)).toBe(5);
    const resumed = await train(engine(test, 1), job);
    expect(resumed.steps[0]!.step).toBe(6);
    const whole = await train(onnxEngine, await tinyJob(corpus, await temporaryFolder()));
    expect(resumed.result.lossNats).toBeCloseTo(whole.result.lossNats, 4);
  });
});

describe('a process', () => {
  it('that is out of memory says what to try', async (test) => {
    const python = await program(`ulimit -v 3000000; exec ${requirePyTorch(test)} "$@"`);
    const sizes = { batch: 320, microBatch: 320 };
    const job = await tinyJob(corpus, await temporaryFolder(), sizes, { vocab: 131072 });
    await expect(train(torchEngine({ python, gpus: 0 }), job)).rejects.toMatchObject({
      message: 'cpu has too little memory for 320 sequences of 24 tokens at once',
      hint: expect.stringMatching(/^set pretrain\.microBatch to 160 in the recipe/),
    });
  });

  it('that may not write says where, and leaves nothing half-written', async (test) => {
    const python = await program(`ulimit -f 100; exec ${requirePyTorch(test)} "$@"`);
    const job = await tinyJob(corpus, await temporaryFolder());
    await expect(train(torchEngine({ python, gpus: 0 }), job)).rejects.toMatchObject({
      message: `cannot write ${join(job.folder, 'checkpoint')} (EFBIG)`,
      hint: expect.stringMatching(/^free some space on that disk/),
    });
    expect(readdirSync(job.folder).filter((name) => name.includes('checkpoint'))).toEqual([]);
  });

  it('that is killed leaves its last checkpoint, and is told from one that failed', async (test) => {
    const job = await tinyJob(corpus, await temporaryFolder());
    const python = await program(`echo $$ > ${join(job.folder, 'pid')}; exec ${requirePyTorch(test)} "$@"`);
    const onSaved = async () =>
      void process.kill(Number(readFileSync(join(job.folder, 'pid'), 'utf8')), 'SIGKILL');
    await expect(train(torchEngine({ python, gpus: 0 }), job, { onSaved })).rejects.toThrow(
      'the training process ended by SIGKILL',
    );
    expect(await stepOf(job)).toBe(5);
  });

  it('with nobody left to answer it ends after the checkpoint', async (test) => {
    const job = await tinyJob(corpus, await temporaryFolder());
    const { status, events } = trainedByHand(test, await writeJob(job), '--attended');
    expect(status).toBe(1);
    expect(events.at(-1)).toEqual({ event: 'saved', step: 5 });
  });
});

describe('a job that was written', () => {
  it('is trained where no tinyllm is, and made a model by either engine', async (test) => {
    const plan = await planPretraining(await tinyRecipe(tinyTrainingOf(6)), corpus.folder);
    const { run, training } = tinyRun(await temporaryFolder());
    const left = await pretrain(plan, { ...training, engine: jobWriter }, run).catch((error) => error);
    expect(left).toBeInstanceOf(JobWritten);
    const { status, events } = trainedByHand(test, left.path);
    expect(status).toBe(0);
    const { event, step, lossNats } = events.at(-1)!;
    expect({ event, step }).toEqual({ event: 'ended', step: 6 });
    const { validation, isResumed } = await pretrain(plan, training, run);
    expect({ isResumed, step: validation.step }).toEqual({ isResumed: true, step: 6 });
    expect(validation.lossNats).toBeCloseTo(lossNats, 5);
  });

  it('must be one', async (test) => {
    const path = join(await temporaryFolder(), 'job.json');
    writeFileSync(path, '{"format": "something else"}');
    const { status, stdout } = spawnSync(requirePyTorch(test), [PRETRAIN_PROGRAM, path], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stdout).toContain(`${path} is not a job to pre-train: its format is not tinyllm-pretrain-job/1`);
  });
});

describe('findTorch', () => {
  it('finds what TINYLLM_PYTHON names', async (test) => {
    const python = requirePyTorch(test);
    const torch = await findTorch({ ...process.env, TINYLLM_PYTHON: python, CUDA_VISIBLE_DEVICES: '' });
    expect(torch.python).toBe(python);
  });

  it('says what to do about a Python that is not there', async () => {
    const found = findTorch({ TINYLLM_PYTHON: '/nowhere/python' });
    await expect(found).rejects.toMatchObject({
      message: 'there is no program /nowhere/python',
      hint: expect.stringContaining('TINYLLM_PYTHON='),
    });
  });

  it('says what to do about a Python without PyTorch', async (test) => {
    const bare = await program(`exec ${requireTool('python3', test)} -S -I "$@"`);
    await expect(findTorch({ TINYLLM_PYTHON: bare })).rejects.toThrow(
      `${bare} cannot load PyTorch: ModuleNotFoundError: No module named 'torch'`,
    );
  });
});
