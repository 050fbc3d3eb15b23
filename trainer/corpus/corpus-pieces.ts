import { open } from 'node:fs/promises';
import { TinyError } from '../../protocols/errors.ts';
import { RECORD_BYTES, recordTokens } from './document-record.ts';
import { type PieceFiles, type PieceSummary, pieceFiles, readSummary } from './piece-files.ts';

/** A piece that is done, wherever its files lie. */
export interface DonePiece {
  readonly index: number;
  readonly source: number;
  readonly files: PieceFiles;
  readonly summary: PieceSummary;
  /** The number of its first document among all that were kept, in the order of the pieces. */
  readonly firstDocument: number;
}

const BLOCK_RECORDS = 4096;

/** Some records of a piece, one after the other. */
export interface RecordBlock {
  readonly records: Buffer;
  readonly count: number;
  /** The number of the first document among all of the corpus. */
  readonly firstDocument: number;
  /** Where the first document's tokens begin in the piece. */
  readonly firstToken: number;
}

/** The records of a piece in blocks: memory stays flat whatever its length. */
export async function* recordBlocks({ files, firstDocument }: DonePiece): AsyncGenerator<RecordBlock> {
  const file = await open(files.records);
  try {
    const buffer = Buffer.alloc(BLOCK_RECORDS * RECORD_BYTES);
    let document = firstDocument;
    let token = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      const count = Math.floor(bytesRead / RECORD_BYTES);
      if (count === 0) return;
      const records = buffer.subarray(0, count * RECORD_BYTES);
      yield { records, count, firstDocument: document, firstToken: token };
      document += count;
      for (let i = 0; i < count; i++) token += recordTokens(records, i * RECORD_BYTES);
    }
  } finally {
    await file.close();
  }
}

/** The pieces with what became of them, numbered through; all of them are done. */
export async function donePieces<Known extends Pick<DonePiece, 'index' | 'source'>>(
  pieces: readonly Known[],
  folderOf: (piece: Known) => string,
): Promise<DonePiece[]> {
  const done: DonePiece[] = [];
  let firstDocument = 0;
  for (const piece of pieces) {
    const { index, source } = piece;
    const files = pieceFiles(folderOf(piece), index);
    const summary = await readSummary(files);
    if (!summary) {
      throw new TinyError(
        `${files.summary} is missing`,
        'copy the whole folder of the part, or prepare it again',
      );
    }
    done.push({ index, source, files, summary, firstDocument });
    firstDocument += summary.kept;
  }
  return done;
}
