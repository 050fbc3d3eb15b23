import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { packageRoot } from '../../commandline/package.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { TimedStep, Trainee, TrainJob } from './trainee.ts';

const PROGRAM = join(packageRoot(), 'bench', 'train', 'pytorch.py');

/** What PyTorch says of itself. */
export interface PyTorch {
  readonly version: string;
  /** Of a matrix product as the model's, on the job's threads. */
  readonly productGflops: number;
}

/** `pytorch.py`, which is spoken to in lines of JSON. */
export class PyTorchTrainee implements Trainee {
  readonly about: PyTorch;
  readonly #lines: Lines;

  private constructor(about: PyTorch, lines: Lines) {
    this.about = about;
    this.#lines = lines;
  }

  /**
   * @param python one that has PyTorch
   * @param cores as taskset takes them, as many as the job has threads
   */
  static async start(python: string, job: TrainJob, cores: string): Promise<PyTorchTrainee> {
    const lines = new Lines('taskset', ['-c', cores, python, PROGRAM], job.threads);
    return new PyTorchTrainee(await lines.ask<PyTorch>(job), lines);
  }

  step(): Promise<TimedStep> {
    return this.#lines.ask<TimedStep>('step');
  }

  end(): Promise<void> {
    return this.#lines.end();
  }
}

/** A program that answers each line of JSON by another. */
class Lines {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  constructor(program: string, args: readonly string[], threads: number) {
    const own = { OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
    this.#process = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...own },
    });
    // Of a program that has ended, which the answer that does not come tells.
    this.#process.stdin.on('error', () => {});
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async ask<Answer>(question: object | string): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new TinyError('the PyTorch program of the bench ended', 'its last words stand above');
    return JSON.parse(value) as Answer;
  }

  async end(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.stdin.end();
    await ended;
  }
}
