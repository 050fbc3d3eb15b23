import { chunkPlan } from '../../model/runtime/chunk-plan.ts';
import { chunkSchedule } from './chunk-schedule.ts';
import { type GgufType, servedModel } from './models.ts';
import type { ModelChoice } from './program.ts';
import { type TaskTokens, taskTokens } from './task-tokens.ts';

/** All that llama.cpp is told. Plain data: who measures memory has no tokenizer in its process. */
export interface LlamaJob {
  /** Of the GGUF file. */
  readonly path: string;
  readonly threads: number;
  readonly vocab: number;
  readonly task: TaskTokens;
  /** In which runs a window is read while it comes: those of our own runtime. */
  readonly schedule: readonly number[];
}

export async function llamaJob({ size, format, threads }: ModelChoice): Promise<LlamaJob> {
  const { gguf, shape } = await servedModel(size);
  const task = taskTokens();
  const plan = chunkPlan(shape, task.windowLength);
  return {
    path: gguf[format as GgufType],
    threads,
    vocab: shape.vocab,
    task,
    schedule: chunkSchedule(plan, task.rowTokens),
  };
}
