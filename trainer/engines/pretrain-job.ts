import type { GptShape } from '../../model/shape.ts';
import type { OutlierSettings, PretrainSettings, Schedule } from '../pretrain-settings.ts';

/**
 * One pre-training, as files and settings: everything an engine needs, on this machine or on a cluster, and nothing of this
 * process. It is also what `job.json` holds for an engine that runs elsewhere.
 */
export interface PretrainJob {
  /** The engine works here, and finds here what an interrupted run left. */
  readonly folder: string;
  readonly shape: GptShape;
  /** Weights to start from, safetensors. */
  readonly initial: string;
  /** A prepared corpus (corpus/shards.ts). */
  readonly corpus: string;
  readonly tokenizerHash: string;
  readonly settings: PretrainJobSettings;
  readonly validation: ValidationText;
  readonly seed: number;
  /** Cores to use, where the engine works on the CPU. */
  readonly threads: number;
}

export interface PretrainJobSettings
  extends Pick<
    PretrainSettings,
    | 'context'
    | 'batch'
    | 'learningRate'
    | 'warmupSteps'
    | 'weightDecay'
    | 'beta1'
    | 'beta2'
    | 'clip'
    | 'evaluateEvery'
  > {
  readonly steps: number;
  /** Divides the batch (torch: each device's share of it). */
  readonly microBatch: number;
  readonly schedule: Schedule;
  readonly outliers: OutlierSettings;
  /** Every step sees the first batch: whether the model can learn at all. */
  readonly onlyFirstBatch: boolean;
}

/** The sequences that every validation reads: sequence i is tokens [i context, (i + 1) context] of the validation split. */
export interface ValidationText {
  readonly sequences: number;
  /** Bytes of text of the tokens that are foretold; the mark between documents counts none. */
  readonly bytes: number;
}

export interface PretrainProgress {
  /** Steps made, this one included. */
  readonly step: number;
  /** Of this step. */
  readonly tokens: number;
  readonly lossNats: number;
  /** Euclidean norm of the whole gradient, before clipping. */
  readonly gradNorm: number;
  /** The step changed nothing (outliers.ts). */
  readonly isSkipped: boolean;
}

export interface LanguageValidation {
  readonly step: number;
  /** Mean cross entropy of a token. */
  readonly lossNats: number;
  /** The same for a byte of text: comparable between tokenizers. */
  readonly bitsPerByte: number;
}

export interface PretrainWatcher {
  started(job: { readonly totalTokens: number; readonly tokensDone: number }): void;
  step(progress: PretrainProgress): void;
  validated(result: LanguageValidation): void;
  /** A checkpoint stands whole in `folder`, and stays so until this resolves. */
  saved(step: number, folder: string): Promise<void>;
  /** Finished, failed or interrupted. */
  ended(): void;
}

/** @param nats the summed cross entropy of the text's tokens */
export const bitsPerByte = (nats: number, bytes: number): number => nats / Math.LN2 / bytes;

/**
 * Trains; killed anywhere and run again with the same job, it comes to the same weights. Leaves a checkpoint of the last
 * step and a log (ENGINE_FILES). Rejects with the signal's reason when interrupted, after a checkpoint.
 */
export type Pretrain = (
  job: PretrainJob,
  watcher: PretrainWatcher,
  signal: AbortSignal,
) => Promise<LanguageValidation>;
