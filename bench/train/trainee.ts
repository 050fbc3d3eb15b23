import type { GptShape } from '../../model/shape.ts';

/** What a program trains: one batch of random tokens again and again, which takes as long as any other. */
export interface TrainJob {
  readonly shape: GptShape;
  readonly batch: number;
  readonly tokens: number;
  /** The last rows of each sample, which count in the loss. */
  readonly lossPositions: number;
  readonly threads: number;
}

export interface TimedStep {
  /** Forward, backward, clipping and AdamW. */
  readonly ms: number;
  /** Of the process, since it was started. */
  readonly peakRssMb: number;
}

/** A program that trains, in a process of its own. */
export interface Trainee {
  step(): Promise<TimedStep>;
  end(): Promise<void>;
}
