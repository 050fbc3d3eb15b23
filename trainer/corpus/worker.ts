import { parentPort, workerData } from 'node:worker_threads';
import { parseTokenizerJson } from '../../model/tokenizer-json.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { FromWorker, ToWorker, WorkerStart } from './pool.ts';
import { PiecePreparer } from './prepare-piece.ts';
import { hashFile } from './shards.ts';

/** A thread that hashes files and prepares pieces, one at a time, as the pool hands them out. */
const { recipe, tokenizerJson } = workerData as WorkerStart;
const port = parentPort!;
const tell = (message: FromWorker): void => port.postMessage(message);

let preparer: PiecePreparer | undefined;

async function work(order: ToWorker): Promise<FromWorker> {
  if (order.kind === 'hash') return { kind: 'done', result: await hashFile(order.path) };
  preparer ??= new PiecePreparer(recipe, parseTokenizerJson(tokenizerJson));
  await preparer.prepare(order.piece, order.folder, (progress) => tell({ kind: 'progress', progress }));
  return { kind: 'done', result: '' };
}

port.on('message', (order: ToWorker) => {
  work(order).then(tell, (error: unknown) => {
    const { message, hint, stack } = error as TinyError;
    tell({
      kind: 'failed',
      message,
      ...(error instanceof TinyError ? { hint } : { stack: stack ?? message }),
    });
  });
});
