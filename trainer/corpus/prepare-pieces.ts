import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CorpusInputs } from './corpus-inputs.ts';
import { PIECES_FOLDER, pieceFiles, readSummary } from './piece-files.ts';
import type { Piece } from './pieces.ts';
import { WorkerPool } from './pool.ts';
import type { PieceProgress } from './prepare-piece.ts';

/** What a person sees while pieces are prepared. */
export interface CorpusWatcher {
  /** @param sourceBytes on disk, of all pieces; @param bytesDone of those that were done before */
  started(sourceBytes: number, bytesDone: number): void;
  progress(progress: PieceProgress): void;
  ended(): void;
}

export interface PieceWork {
  readonly threads: number;
  readonly watch: CorpusWatcher;
  readonly signal: AbortSignal;
}

/** Prepares those of the pieces that are not done, in `folder`. What is done stays when it is interrupted, or fails. */
export async function preparePieces(
  { recipe, tokenizer, unwanted }: CorpusInputs,
  pieces: readonly Piece[],
  folder: string,
  { threads, watch, signal }: PieceWork,
): Promise<void> {
  await mkdir(join(folder, PIECES_FOLDER), { recursive: true });
  const missing: Piece[] = [];
  for (const piece of pieces) {
    if (!(await readSummary(pieceFiles(folder, piece.index)))) missing.push(piece);
  }
  if (missing.length === 0) return;
  const bytes = bytesOf(pieces);
  watch.started(bytes, bytes - bytesOf(missing));
  const pool = new WorkerPool(Math.min(threads, missing.length), {
    recipe: recipe.corpus,
    vocabulary: tokenizer.vocabulary,
    unwanted: unwanted && { shared: unwanted.shared, length: unwanted.length },
  });
  try {
    await pool.run(
      missing.map((piece) => ({ piece, folder })),
      signal,
      watch.progress,
    );
  } finally {
    await pool.close();
    watch.ended();
  }
}

const bytesOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { bytes }) => sum + bytes, 0);
