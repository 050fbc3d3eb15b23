import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { TinyError } from '../../protocols/errors.ts';
import type { GenerationOptions } from './generator.ts';
import type { Reply, Request, WorkerStart } from './messages.ts';

/** One token sequence being read by the model: the prefix, then what is pushed. */
export interface ModelSequence {
  push(tokens: readonly number[]): void;
  /** Probability of each completion of the task, in their order. Ends the sequence. */
  score(): Promise<Float64Array>;
  discard(): void;
}

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** A model in a worker thread of its own. Requests are served in order; nothing here blocks. */
export class ModelRuntime {
  readonly #worker: Worker;
  readonly #scores = new Map<number, Waiting<Float64Array>>();
  readonly #generations = new Map<number, TokenQueue>();
  #nextSequence = 0;
  #nextCall = 0;
  #ended: Error | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (reply: Reply) => this.#receive(reply));
    worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.#end(new Error('the model has been closed')));
  }

  /** Start the worker and load the model. Throws `TinyError` when the model cannot be run. */
  static async start(start: WorkerStart): Promise<ModelRuntime> {
    const worker = startWorker(start);
    const [reply] = (await once(worker, 'message')) as [Reply];
    if (reply.type === 'unusable') {
      throw new TinyError(reply.message, reply.hint ?? 'check the bundle with `tinyllm verify --bundle DIR`');
    }
    return new ModelRuntime(worker);
  }

  open(): ModelSequence {
    const sequence = this.#nextSequence++;
    this.#send({ type: 'open', sequence });
    return {
      push: (tokens) => this.#send({ type: 'push', sequence, tokens }),
      score: () =>
        new Promise((resolve, reject) => {
          if (this.#ended) return reject(this.#ended);
          this.#scores.set(sequence, { resolve, reject });
          this.#send({ type: 'score', sequence });
        }),
      discard: () => this.#send({ type: 'discard', sequence }),
    };
  }

  /** Continue a prompt; tokens come as they are drawn. */
  generate(prompt: readonly number[], options: GenerationOptions): AsyncIterable<number> {
    const call = this.#nextCall++;
    const queue = new TokenQueue();
    if (this.#ended) queue.end(this.#ended);
    this.#generations.set(call, queue);
    this.#send({ type: 'generate', call, prompt, options });
    return queue;
  }

  /** Answers what was asked, then frees the model. */
  async close(): Promise<void> {
    if (this.#ended) return;
    const exited = once(this.#worker, 'exit');
    this.#send({ type: 'close' });
    await exited;
  }

  #send(request: Request): void {
    this.#worker.postMessage(request);
  }

  #receive(reply: Reply): void {
    switch (reply.type) {
      case 'scored':
        this.#scores.get(reply.sequence)?.resolve(reply.probabilities);
        this.#scores.delete(reply.sequence);
        break;
      case 'failed':
        this.#scores.get(reply.sequence)?.reject(new Error(reply.message));
        this.#scores.delete(reply.sequence);
        break;
      case 'token':
        this.#generations.get(reply.call)?.put(reply.token);
        break;
      case 'generated':
        this.#generations
          .get(reply.call)
          ?.end(reply.error === undefined ? undefined : new Error(reply.error));
        this.#generations.delete(reply.call);
    }
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#scores.values()) reject(this.#ended);
    for (const queue of this.#generations.values()) queue.end(this.#ended);
    this.#scores.clear();
    this.#generations.clear();
  }
}

/** A worker knows nothing of the loader that lets its parent run from sources (tests, development): it gets one first. */
function startWorker(workerData: WorkerStart): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./worker.js', import.meta.url), { workerData });
  const source = new URL('./worker.ts', import.meta.url).href;
  const boot = `import('tsx/esm/api').then(({ register }) => { register(); return import('${source}'); });`;
  return new Worker(boot, { eval: true, workerData });
}

/** Tokens that arrive by message, read by iteration. */
class TokenQueue implements AsyncIterable<number> {
  readonly #tokens: number[] = [];
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  put(token: number): void {
    this.#tokens.push(token);
    this.#wake?.();
  }

  end(error?: Error): void {
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    for (;;) {
      while (this.#tokens.length > 0) yield this.#tokens.shift()!;
      if (this.#error) throw this.#error;
      if (this.#ended) return;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }
}
