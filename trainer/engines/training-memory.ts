import type { GptShape } from '../../model/shape.ts';
import type { PretrainJobSettings } from './pretrain-job.ts';

/** Memory that a pre-training takes at its peak, in bytes; on a cluster for each device. */
export interface TrainingMemory {
  /** Weights, gradients and Adam's moments. */
  readonly parameters: number;
  /** Further copies of them that exist for a while: results on their way, a checkpoint that is being written. */
  readonly copies: number;
  /** What a micro batch computes and keeps for its backward pass. */
  readonly activations: number;
  /** The program itself. */
  readonly runtime: number;
}

/** As much of a job as its memory depends on. */
export type MemorySettings = Pick<PretrainJobSettings, 'context' | 'batch' | 'microBatch'>;

export type MemoryOf = (shape: GptShape, settings: MemorySettings) => TrainingMemory;

export const totalBytes = ({ parameters, copies, activations, runtime }: TrainingMemory): number =>
  parameters + copies + activations + runtime;

/** The largest micro batch up to `settings.microBatch` that divides the batch and whose memory is at most `bytes`. */
export function fittingMicroBatch(
  memoryOf: MemoryOf,
  shape: GptShape,
  settings: MemorySettings,
  bytes: number,
): number | undefined {
  const { batch, microBatch: most } = settings;
  const divisors = Array.from({ length: most }, (_, i) => most - i).filter((n) => batch % n === 0);
  return divisors.find((microBatch) => totalBytes(memoryOf(shape, { ...settings, microBatch })) <= bytes);
}
