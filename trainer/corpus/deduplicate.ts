import { join } from 'node:path';
import { TinyError } from '../../protocols/errors.ts';
import { type DonePiece, recordBlocks } from './corpus-pieces.ts';
import { RECORD_BYTES, recordBandAt, recordHasBands, recordKeyAt } from './document-record.ts';
import { DuplicateMarks } from './duplicate-marks.ts';
import { KeyBuckets } from './key-buckets.ts';
import { BANDS } from './near-duplicates.ts';

/** A document's number and whether the key is one of its bands share 32 bits. */
const MAX_DOCUMENTS = 2 ** 31;

/**
 * Marks every document whose text, or one of whose bands (`near-duplicates.ts`), stands before it in the corpus: of those
 * which are alike the first stays, in the order of sources, files and places. What is like one that was left out is left
 * out as well. Keys are on disk below `folder`; memory is that of one bucket.
 *
 * @param isNear whether near duplicates of a source are wanted out
 */
export async function markDuplicates(
  pieces: readonly DonePiece[],
  folder: string,
  isNear: (source: number) => boolean,
  signal: AbortSignal,
): Promise<DuplicateMarks> {
  const documents = pieces.reduce((sum, { summary }) => sum + summary.kept, 0);
  if (documents > MAX_DOCUMENTS) {
    throw new TinyError(`${documents} documents are more than ${MAX_DOCUMENTS}`, 'prepare the sources apart');
  }
  const marks = new DuplicateMarks(documents);
  const buckets = await KeyBuckets.create(join(folder, 'keys'), documents * (1 + BANDS));
  try {
    for (const piece of pieces) {
      signal.throwIfAborted();
      await addKeys(buckets, piece, isNear(piece.source));
    }
    await buckets.eachRepeated((owner) => {
      const document = owner >>> 1;
      if ((owner & 1) === 0) marks.markExact(document);
      else marks.markNear(document);
    });
  } finally {
    await buckets.close();
  }
  return marks;
}

async function addKeys(buckets: KeyBuckets, piece: DonePiece, withBands: boolean): Promise<void> {
  for await (const { records, count, firstDocument } of recordBlocks(piece)) {
    for (let i = 0; i < count; i++) {
      const at = i * RECORD_BYTES;
      const owner = 2 * (firstDocument + i);
      const add = (keyAt: number, whose: number): Promise<void> =>
        buckets.add(records.readInt32LE(keyAt), records.readInt32LE(keyAt + 4), whose);
      await add(recordKeyAt(at), owner);
      if (!withBands || !recordHasBands(records, at)) continue;
      for (let band = 0; band < BANDS; band++) await add(recordBandAt(at, band), owner + 1);
    }
  }
}
