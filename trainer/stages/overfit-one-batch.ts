import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ENGINE_FILES } from '../engines/engine.ts';
import type { Run } from '../stage.ts';
import type { Pretraining } from './pretrain.ts';
import { jobIn, type PretrainPlan } from './pretrain-plan.ts';

/** How it went to learn one micro batch by heart. */
export interface OneBatchResult {
  readonly isLearnt: boolean;
  readonly lossNats: number;
  /** Of every step. */
  readonly curve: readonly { readonly step: number; readonly lossNats: number }[];
  /** Where the log of it is. */
  readonly folder: string;
}

/** Nats a token under which a batch is known by heart. */
export const BY_HEART_NATS = 0.1;

const FOLDER = 'overfit-one-batch';
const WARMUP_SHARE = 0.1;

/**
 * Trains on the first micro batch only, until it is known by heart or the steps are used up: whatever is wrong with shape, rate
 * or corpus shows here first, in minutes. In a folder of its own, which is emptied before.
 */
export async function overfitOneBatch(
  plan: PretrainPlan,
  steps: number,
  { engine, threads, watcher }: Pretraining,
  { out, seed, signal }: Run,
): Promise<OneBatchResult> {
  const folder = join(out, FOLDER);
  await rm(folder, { recursive: true, force: true });
  const settings = {
    ...plan.settings,
    steps,
    batch: plan.settings.microBatch,
    warmupSteps: Math.min(plan.settings.warmupSteps, Math.floor(WARMUP_SHARE * steps)),
    evaluateEvery: steps,
    onlyFirstBatch: true,
  };
  const job = await jobIn(folder, { ...plan, settings }, { seed, threads });
  const learnt = new AbortController();
  const curve: { step: number; lossNats: number }[] = [];
  const step: typeof watcher.step = (progress) => {
    watcher.step(progress);
    curve.push({ step: progress.step, lossNats: progress.lossNats });
    if (progress.lossNats < BY_HEART_NATS) learnt.abort();
  };
  const watching = { ...watcher, step, validated: () => undefined, saved: async () => {} };
  await engine.pretrain(job, watching, AbortSignal.any([signal, learnt.signal])).catch((error: unknown) => {
    if (error !== learnt.signal.reason) throw error;
  });
  await rm(job.initial);
  await rm(join(folder, ENGINE_FILES.checkpoint), { recursive: true, force: true });
  return { isLearnt: learnt.signal.aborted, lossNats: curve.at(-1)!.lossNats, curve, folder };
}
