import type { GptShape } from '../../model/shape.ts';
import type { Completion } from '../../protocols/prompt.ts';
import type { EarlyLoss } from '../early-loss.ts';
import type { FinetuneSettings } from '../finetune-settings.ts';
import type { SampleLoss } from '../sample-loss.ts';
import type { SoftTargets } from '../soft-targets.ts';
import type { Pretrain } from './pretrain-job.ts';

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
  readonly sampleLoss?: SampleLoss;
  /** File of soft targets for `train` (soft-targets.ts), and the share of them in the label's target. */
  readonly teacher?: { readonly path: string; readonly share: number };
  readonly tokenizerHash: string;
  readonly settings: JobSettings;
  readonly seed: number;
  readonly threads: number;
}

/** An ensemble is several jobs (stages/ensemble.ts). */
export type JobSettings = Omit<FinetuneSettings, 'ensemble'>;

/** Finished weights and the examples they are asked about. */
export interface ScoringJob {
  readonly shape: GptShape;
  /** Safetensors. */
  readonly weights: string;
  /** An example set (example-set.ts). */
  readonly examples: string;
  readonly completions: readonly Completion[];
  /** Examples that are scored at once. */
  readonly batch: number;
  readonly threads: number;
}

/** What a watcher sees while a job runs. */
export interface FinetuneProgress {
  readonly step: number;
  readonly tokens: number;
  readonly lossNats: number;
}

/** Null: the task asks for no label, or for no number. */
export interface ValidationResult {
  readonly step: number;
  /** Of the right answer among those that the task admits. */
  readonly lossNats: number;
  readonly accuracy: number | null;
  readonly macroF1: number | null;
  /** Mean absolute error of each number, in its unit; absent for a task that asks for none. */
  readonly mae?: Readonly<Record<string, number>>;
  /** The same as a share of each number's range, averaged over the numbers. */
  readonly relativeMae?: number;
}

/** What of two results is better: macro-F1 less the relative error of the numbers, each where the task asks for it. */
export const merit = ({ macroF1, relativeMae = 0 }: ValidationResult): number => (macroF1 ?? 0) - relativeMae;

/** `macro-F1 0.9713`, `breathingRate off by 0.31`. */
export const validationText = ({ macroF1, mae = {} }: ValidationResult): string =>
  [
    ...(macroF1 === null ? [] : [`macro-F1 ${macroF1.toFixed(4)}`]),
    ...Object.entries(mae).map(([name, error]) => `${name} off by ${error.toPrecision(3)}`),
  ].join(', ');

/** How long a training has waited for a better validation, in validations; it ends when `waited` comes to `patience`. */
export interface Waiting {
  readonly waited: number;
  readonly patience: number;
}

export interface FinetuneWatcher {
  started(job: { readonly totalTokens: number; readonly tokensDone: number }): void;
  step(progress: FinetuneProgress): void;
  validated(result: ValidationResult, waiting?: Waiting): void;
  /** Finished, failed or interrupted. */
  ended(): void;
}

/** What an engine leaves in the job's folder beside its checkpoints. */
export const ENGINE_FILES = {
  checkpoint: 'checkpoint',
  /** The averaged weights at the best validation, by `merit`. */
  best: 'best.safetensors',
  /** Of these the adapter, where adapters are trained (model/adapter.ts). */
  bestAdapter: 'best.adapter.safetensors',
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
  readonly pretrain: Pretrain;
  finetune(job: FinetuneJob, watcher: FinetuneWatcher, signal: AbortSignal): Promise<ValidationResult>;
  /** @param step at which the weights stood, for the result */
  validate(job: ScoringJob, step: number): Promise<ValidationResult>;
  /** For a task that asks for one label. */
  labelProbabilities(job: ScoringJob): Promise<SoftTargets>;
}

/** As much of an engine as pre-training needs. */
export type Pretrainer = Pick<Engine, 'name' | 'pretrain'>;
