import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { thread } from '../../model/runtime/thread.ts';
import type { Vocabulary } from '../../model/tokenizer.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { CorpusRecipe } from './corpus-recipe.ts';
import type { Piece } from './pieces.ts';
import type { PieceProgress } from './prepare-piece.ts';

export interface WorkerStart {
  readonly recipe: CorpusRecipe;
  readonly vocabulary: Vocabulary;
  /** Of `WordRuns`: the memory of the set, and the length of its runs. */
  readonly unwanted: { readonly shared: SharedArrayBuffer; readonly length: number } | undefined;
}

export interface PieceOrder {
  readonly piece: Piece;
  /** Where its files go. */
  readonly folder: string;
}

export type FromWorker =
  | { readonly kind: 'progress'; readonly progress: PieceProgress }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string; readonly hint?: string; readonly stack?: string };

/** Threads that each do one order at a time. */
export class WorkerPool {
  readonly #workers: readonly Worker[];

  constructor(threads: number, start: WorkerStart) {
    this.#workers = Array.from({ length: threads }, () =>
      thread(import.meta.url, './worker', { workerData: start, resourceLimits }),
    );
  }

  /** Does all orders. The first failure, or the signal, ends it, and what is in work is lost when the pool is closed. */
  async run(
    orders: readonly PieceOrder[],
    signal: AbortSignal,
    onProgress: (progress: PieceProgress) => void,
  ): Promise<void> {
    let next = 0;
    const work = async (worker: Worker): Promise<void> => {
      while (next < orders.length) {
        signal.throwIfAborted();
        await one(worker, orders[next++]!, onProgress);
      }
    };
    const ended = new AbortController();
    const stopped = once(signal, 'abort', { signal: ended.signal }).then(() => signal.throwIfAborted());
    try {
      await Promise.race([Promise.all(this.#workers.map(work)), stopped]);
    } finally {
      stopped.catch(() => undefined); // nobody waits for it any more
      ended.abort();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function one(
  worker: Worker,
  order: PieceOrder,
  onProgress: (progress: PieceProgress) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      worker.off('message', onMessage);
      worker.off('error', fail);
      worker.off('exit', onExit);
    };
    const fail = (error: unknown): void => {
      end();
      reject(error);
    };
    const onExit = (): void => fail(new Error('a thread of the preparation ended'));
    const onMessage = (message: FromWorker): void => {
      if (message.kind === 'progress') onProgress(message.progress);
      else if (message.kind === 'failed') fail(asError(message));
      else {
        end();
        resolve();
      }
    };
    worker.on('message', onMessage);
    worker.on('error', fail);
    worker.on('exit', onExit);
    worker.postMessage(order);
  });
}

function asError({ message, hint, stack }: Extract<FromWorker, { kind: 'failed' }>): Error {
  if (hint !== undefined) return new TinyError(message, hint);
  return Object.assign(new Error(message), { stack });
}

/** Little of what a thread makes lives long: a small nursery keeps its memory small. */
const resourceLimits = { maxYoungGenerationSizeMb: 16 };
