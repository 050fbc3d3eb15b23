import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { TinyError } from '../../protocols/errors.ts';
import { MissedDeadline } from './deadline.ts';
import { type Failure, toError } from './failure.ts';
import type { GenerationOptions } from './generator.ts';
import type { Likelihood } from './likelihoods.ts';
import {
  FIRST_TASK,
  type LoadTimes,
  type Reply,
  type Request,
  type StartReply,
  type WorkerStart,
} from './messages.ts';
import type { ModelSequence } from './model-sequence.ts';
import { ModelTask } from './model-task.ts';
import type { TaskOfModel } from './task-scorers.ts';
import { thread } from './thread.ts';
import { TokenQueue } from './token-queue.ts';

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/**
 * A model in a worker thread of its own. Nothing here blocks; scores without a deadline are answered in order. Beside the task
 * that it was started with it may serve others, which share its weights.
 */
export class ModelRuntime {
  readonly #worker: Worker;
  readonly #scores = new Map<number, Waiting<Float64Array>>();
  readonly #generations = new Map<number, TokenQueue>();
  readonly #foretellings = new Map<number, Waiting<readonly Likelihood[]>>();
  readonly #added = new Map<number, Waiting<void>>();
  #nextId = FIRST_TASK + 1;
  readonly loadTimes: LoadTimes;
  /** Resolves with the reason when the worker has ended without being asked to. */
  readonly ended: Promise<Error>;
  #tellEnd: (reason: Error) => void = () => {};
  #ended: Error | undefined;
  #closing: Promise<void> | undefined;

  private constructor(worker: Worker, loadTimes: LoadTimes) {
    this.#worker = worker;
    this.loadTimes = loadTimes;
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
    worker.on('message', (reply: Reply) => this.#receive(reply));
    worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', (code) =>
      this.#end(
        new Error(
          this.#closing ? 'the model has been closed' : `the thread of the model ended with code ${code}`,
        ),
      ),
    );
  }

  /** Start the worker and load the model. Throws `TinyError` when the model cannot be run. */
  static async start(start: WorkerStart): Promise<ModelRuntime> {
    const worker = thread(import.meta.url, './worker', { workerData: start });
    const exited = once(worker, 'exit').then((): StartReply => {
      const message = 'the thread of the model ended while it was loading';
      return { type: 'unusable', failure: { message } };
    });
    const replied = once(worker, 'message').then(([reply]) => reply as StartReply);
    const reply = await Promise.race([replied, exited]);
    if (reply.type === 'ready') return new ModelRuntime(worker, reply.loadTimes);
    const { message, hint } = reply.failure;
    throw new TinyError(message, hint ?? 'check the bundle with `tinyllm verify --bundle DIR`');
  }

  /** Throws `TinyError` when the adapter is not one of this model, or the prefix longer than its context. */
  async addTask(task: TaskOfModel): Promise<ModelTask> {
    if (this.#ended) throw this.#ended;
    const id = this.#nextId++;
    await new Promise<void>((resolve, reject) => {
      this.#added.set(id, { resolve, reject });
      this.#send({ type: 'add', id, ...task });
    });
    return new ModelTask({
      open: () => this.#open(id),
      remove: () => this.#send({ type: 'remove', id }),
      ended: this.ended,
    });
  }

  /** Of the task that the model was started with. */
  open(): ModelSequence {
    return this.#open(FIRST_TASK);
  }

  #open(task: number): ModelSequence {
    const id = this.#nextId++;
    this.#send({ type: 'open', id, task });
    return {
      push: (tokens) => this.#send({ type: 'push', id, tokens }),
      score: (deadlineMs) => this.#score(id, deadlineMs),
      discard: () => this.#send({ type: 'discard', id }),
    };
  }

  /**
   * Continue a prompt; tokens come as they are drawn. The model begins when the first is asked for, and
   * stops when the iteration is left. Throws `TinyError` when the prompt is longer than the model's context.
   */
  async *generate(prompt: readonly number[], options: GenerationOptions): AsyncGenerator<number> {
    if (this.#ended) throw this.#ended;
    const id = this.#nextId++;
    const tokens = new TokenQueue();
    this.#generations.set(id, tokens);
    this.#send({ type: 'generate', id, prompt, options });
    try {
      yield* tokens;
    } finally {
      if (this.#generations.delete(id)) this.#send({ type: 'discard', id });
    }
  }

  /**
   * How likely each continuation of a context is. Rejects with a `TinyError` when one does not fit the model's context; see
   * `likelihoods` (likelihoods.ts).
   */
  async likelihoods(
    context: readonly number[],
    continuations: readonly (readonly number[])[],
  ): Promise<readonly Likelihood[]> {
    if (this.#ended) throw this.#ended;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#foretellings.set(id, { resolve, reject });
      this.#send({ type: 'likelihoods', id, context, continuations });
    });
  }

  /** Answers what was asked, then frees the model. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#ended) return;
    const exited = once(this.#worker, 'exit');
    this.#send({ type: 'close' });
    await exited;
  }

  #score(id: number, deadlineMs?: number): Promise<Float64Array> {
    return new Promise((resolve, reject) => {
      if (this.#ended) throw this.#ended;
      if (this.#scores.has(id)) throw new Error(`sequence ${id} is being scored already`);
      this.#scores.set(id, { resolve, reject });
      this.#send({ type: 'score', id, ...(deadlineMs !== undefined && { deadlineMs }) });
    });
  }

  #send(request: Request): void {
    this.#worker.postMessage(request);
  }

  #receive(reply: Reply): void {
    switch (reply.type) {
      case 'added':
        this.#takeAdded(reply.id, reply.failure && toError(reply.failure));
        break;
      case 'scored':
        this.#takeScore(reply.id)?.resolve(reply.probabilities);
        break;
      case 'failed':
        this.#takeScore(reply.id)?.reject(toError(reply.failure));
        break;
      case 'missed':
        this.#takeScore(reply.id)?.reject(new MissedDeadline());
        break;
      case 'token':
        this.#generations.get(reply.id)?.put(reply.token);
        break;
      case 'generated':
        this.#generations.get(reply.id)?.end(reply.failure && toError(reply.failure));
        this.#generations.delete(reply.id);
        break;
      case 'foretold':
        this.#takeForetelling(reply.id, reply.result);
    }
  }

  #takeAdded(id: number, failure: Error | undefined): void {
    const waiting = this.#added.get(id);
    this.#added.delete(id);
    if (failure) waiting?.reject(failure);
    else waiting?.resolve();
  }

  #takeForetelling(id: number, result: readonly Likelihood[] | Failure): void {
    const waiting = this.#foretellings.get(id);
    this.#foretellings.delete(id);
    if ('message' in result) waiting?.reject(toError(result));
    else waiting?.resolve(result);
  }

  #takeScore(id: number): Waiting<Float64Array> | undefined {
    const waiting = this.#scores.get(id);
    this.#scores.delete(id);
    return waiting;
  }

  #end(error: Error): void {
    this.#ended ??= error;
    if (!this.#closing) this.#tellEnd(this.#ended);
    for (const waiting of [this.#added, this.#scores, this.#foretellings]) {
      for (const { reject } of waiting.values()) reject(this.#ended);
      waiting.clear();
    }
    for (const queue of this.#generations.values()) queue.end(this.#ended);
    this.#generations.clear();
  }
}
