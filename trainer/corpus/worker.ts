import { parentPort, workerData } from 'node:worker_threads';
import { BpeTokenizer } from '../../model/tokenizer.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { FromWorker, PieceOrder, WorkerStart } from './pool.ts';
import { PiecePreparer } from './prepare-piece.ts';
import { WordRuns } from './word-runs.ts';

/** A thread that prepares pieces, one at a time, as the pool hands them out. */
const { recipe, vocabulary, unwanted } = workerData as WorkerStart;
const port = parentPort!;
const tell = (message: FromWorker): void => port.postMessage(message);

const preparer = new PiecePreparer(
  recipe,
  new BpeTokenizer(vocabulary),
  unwanted && new WordRuns(unwanted.length, unwanted.shared),
);

port.on('message', ({ piece, folder }: PieceOrder) => {
  preparer
    .prepare(piece, folder, (progress) => tell({ kind: 'progress', progress }))
    .then(
      () => tell({ kind: 'done' }),
      (error: unknown) => {
        const { message, hint, stack } = error as TinyError;
        const told = error instanceof TinyError ? { hint } : { stack: stack ?? message };
        tell({ kind: 'failed', message, ...told });
      },
    );
});
