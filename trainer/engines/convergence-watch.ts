import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LossHistory, type LossPoint, type Trouble, troubleAtEnd, troublesOf } from './convergence.ts';
import { ENGINE_FILES } from './engine.ts';
import type { PretrainJob, PretrainWatcher } from './pretrain-job.ts';
import { type LogLine, logLines } from './training-log.ts';

/** Looks at the losses of a job while it runs, and tells what is wrong with them, each trouble once. */
export class ConvergenceWatch {
  readonly #job: PretrainJob;
  readonly #unigramNats: number;
  readonly #tell: (trouble: Trouble) => void;
  /** What an interrupted run of the job has logged. */
  readonly #logged: readonly LogLine[];
  readonly #points: LossPoint[] = [];
  #startNats: number | undefined;
  /** Of the steps since the last validation. */
  #sinceNats: number[] = [];
  #found: Trouble[] = [];

  private constructor(
    job: PretrainJob,
    unigramNats: number,
    tell: (trouble: Trouble) => void,
    logged: LogLine[],
  ) {
    this.#job = job;
    this.#unigramNats = unigramNats;
    this.#tell = tell;
    this.#logged = logged;
  }

  /** @param unigramNats see corpus/unigram.ts */
  static async of(
    job: PretrainJob,
    unigramNats: number,
    tell: (trouble: Trouble) => void,
  ): Promise<ConvergenceWatch> {
    const log = await readFile(join(job.folder, ENGINE_FILES.log), 'utf8').catch(() => '');
    return new ConvergenceWatch(job, unigramNats, tell, logLines(log));
  }

  /** Of the whole job, runs of it that were interrupted included. */
  get troubles(): readonly Trouble[] {
    return this.#found;
  }

  /** The watcher of the job: what it sees is passed on to `watcher`. */
  watching(watcher: PretrainWatcher): PretrainWatcher {
    return {
      ...watcher,
      started: (job) => {
        const { batch, context } = this.#job.settings;
        this.#recall(job.tokensDone / (batch * context));
        watcher.started(job);
      },
      step: (progress) => {
        watcher.step(progress);
        this.#step(progress.lossNats);
      },
      validated: (result) => {
        watcher.validated(result);
        this.#validated(result);
        const trouble = troubleAtEnd(this.#history);
        if (!trouble || this.#found.some(({ kind }) => kind === trouble.kind)) return;
        this.#found.push(trouble);
        this.#tell(trouble);
      },
    };
  }

  /** What was logged after the checkpoint that the job goes on from is made, and logged, again. */
  #recall(lastStep: number): void {
    for (const line of this.#logged) {
      if (line.step > lastStep) break;
      const { step, lossNats, kind } = line as LogLine & { readonly lossNats: number };
      if (kind === 'validation') this.#validated({ step, lossNats });
      else this.#step(lossNats);
    }
    this.#found = troublesOf(this.#history);
  }

  #step(lossNats: number): void {
    this.#startNats ??= lossNats;
    this.#sinceNats.push(lossNats);
  }

  #validated({ step, lossNats }: { readonly step: number; readonly lossNats: number }): void {
    const trainingNats = this.#sinceNats.reduce((sum, nats) => sum + nats, 0) / this.#sinceNats.length;
    this.#points.push({ step, validationNats: lossNats, trainingNats });
    this.#sinceNats = [];
  }

  get #history(): LossHistory {
    return {
      points: this.#points,
      unigramNats: this.#unigramNats,
      startNats: this.#startNats ?? Number.POSITIVE_INFINITY,
      schedule: this.#job.settings,
    };
  }
}
