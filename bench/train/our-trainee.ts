import { PinnedProcess } from '../pinned-process.ts';
import type { TimedStep, Trainee, TrainJob } from './trainee.ts';

/** The onnx engine. */
export class OurTrainee implements Trainee {
  readonly #process: PinnedProcess;

  private constructor(process: PinnedProcess) {
    this.#process = process;
  }

  /** @param cores as taskset takes them, as many as the job has threads */
  static async start(job: TrainJob, cores: string): Promise<OurTrainee> {
    const process = new PinnedProcess('train/our-process', cores);
    await process.ask<object>(job);
    return new OurTrainee(process);
  }

  step(): Promise<TimedStep> {
    return this.#process.ask<TimedStep>('step');
  }

  end(): Promise<void> {
    return this.#process.end();
  }
}
