import type { GptShape } from '../../model/shape.ts';
import type { Completion } from '../../protocols/prompt.ts';
import type { EarlyLoss } from '../early-loss.ts';
import type { Recipe } from '../recipe.ts';

/**
 * One fine-tuning, as files and settings: everything an engine needs, and nothing of this process. The seam is the
 * whole job and not a step of it, because a distributed engine must own its loop.
 */
export interface FinetuneJob {
  /** The engine works here, and finds here what an interrupted run left. */
  readonly folder: string;
  readonly shape: GptShape;
  /** Weights to start from, safetensors. */
  readonly initial: string;
  /** Example sets (example-set.ts). */
  readonly train: string;
  readonly validation: string;
  readonly completions: readonly Completion[];
  readonly earlyLoss?: EarlyLoss;
  readonly tokenizerHash: string;
  readonly settings: Recipe['finetune'];
  readonly seed: number;
  readonly threads: number;
}

/** What a watcher sees while a job runs. */
export interface FinetuneProgress {
  readonly step: number;
  readonly tokens: number;
  readonly lossNats: number;
}

export interface ValidationResult {
  readonly step: number;
  readonly lossNats: number;
  readonly accuracy: number;
  readonly macroF1: number;
}

export interface FinetuneWatcher {
  started(job: { readonly totalTokens: number; readonly tokensDone: number }): void;
  step(progress: FinetuneProgress): void;
  validated(result: ValidationResult): void;
  /** Finished, failed or interrupted. */
  ended(): void;
}

/** What an engine leaves in the job's folder beside its checkpoints. */
export const ENGINE_FILES = {
  checkpoint: 'checkpoint',
  /** The averaged weights at the best validation macro-F1. */
  best: 'best.safetensors',
  /** That validation's result. */
  bestResult: 'best.json',
  /** One line a step or validation. */
  log: 'log.jsonl',
} as const;

/**
 * Trains; killed anywhere and run again with the same job, it comes to the same result.
 * Rejects with the signal's reason when interrupted, after a checkpoint.
 */
export interface Engine {
  readonly name: 'onnx' | 'torch';
  finetune(job: FinetuneJob, watcher: FinetuneWatcher, signal: AbortSignal): Promise<ValidationResult>;
}
