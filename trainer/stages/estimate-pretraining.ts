import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type GptShape, parameterCount } from '../../model/shape.ts';
import type { Pretrainer } from '../engines/engine.ts';
import type { PretrainJob } from '../engines/pretrain-job.ts';
import { trainingFlopsPerToken } from '../engines/training-flops.ts';
import { type TrainingMemory, totalBytes } from '../engines/training-memory.ts';
import type { Run } from '../stage.ts';
import { checkMemory, MEMORY_OF } from './check-memory.ts';
import { jobIn, type PretrainPlan } from './pretrain-plan.ts';

/** What a pre-training takes, before it begins. */
export interface PretrainEstimate {
  readonly shape: GptShape;
  readonly parameters: number;
  readonly steps: number;
  readonly tokens: number;
  readonly flopsPerToken: number;
  readonly flops: number;
  /** Bytes, for each device. */
  readonly memory: TrainingMemory & { readonly total: number };
  /** Of this machine, or what the groups around the process leave of it; null where the engine has memory of its own. */
  readonly freeBytes: number | null;
  /** Of training, measured here. */
  readonly tokensPerS: number;
  /** Of the whole training, validations included. */
  readonly seconds: number;
}

const FOLDER = '.estimate.partial';
/** The first brings the engine to speed. */
const TIMED_STEPS = 3;
/** A validation has no backward pass, which is two thirds of the operations. */
const FORWARD_SHARE = 1 / 3;

/** Says what a plan takes, after some steps of a micro batch. Throws `TinyError` (exit 78) where memory is short. */
export async function estimatePretraining(
  plan: PretrainPlan,
  training: { readonly engine: Pretrainer } & Pick<PretrainJob, 'threads'>,
  run: Run,
): Promise<PretrainEstimate> {
  const { shape, settings, validation } = plan;
  const { steps, batch, context, evaluateEvery } = settings;
  const freeBytes = await checkMemory(plan, training.engine.name);
  const tokensPerS = await trainingTokensPerS(plan, training, run);
  const tokens = steps * batch * context;
  const validations = Math.ceil(steps / evaluateEvery);
  const foretold = validations * validation.sequences * context;
  const memory = MEMORY_OF[training.engine.name](shape, settings);
  const flopsPerToken = trainingFlopsPerToken(shape);
  return {
    ...{ shape, parameters: parameterCount(shape), steps, tokens },
    ...{ flopsPerToken, flops: flopsPerToken * tokens },
    memory: { ...memory, total: totalBytes(memory) },
    ...{ freeBytes, tokensPerS, seconds: (tokens + FORWARD_SHARE * foretold) / tokensPerS },
  };
}

/** Of the engine, at work on micro batches of the plan's own corpus. */
async function trainingTokensPerS(
  plan: PretrainPlan,
  { engine, threads }: { readonly engine: Pretrainer; readonly threads: number },
  { out, seed, signal }: Run,
): Promise<number> {
  const { microBatch, context } = plan.settings;
  const folder = join(out, FOLDER);
  const enough = new AbortController();
  const atMs: number[] = [];
  await rm(folder, { recursive: true, force: true });
  try {
    const steps = TIMED_STEPS + 1;
    const settings = { ...plan.settings, batch: microBatch, steps, evaluateEvery: steps };
    const job = await jobIn(folder, { ...plan, settings }, { seed, threads });
    const none = (): void => undefined;
    const step = (): void => {
      if (atMs.push(performance.now()) === TIMED_STEPS) enough.abort();
    };
    const watcher = { started: none, step, validated: none, saved: async () => {}, ended: none };
    await engine.pretrain(job, watcher, AbortSignal.any([signal, enough.signal])).catch((error: unknown) => {
      if (error !== enough.signal.reason) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const [first = 0] = atMs;
  return ((atMs.length - 1) * microBatch * context * 1000) / (atMs.at(-1)! - first);
}
