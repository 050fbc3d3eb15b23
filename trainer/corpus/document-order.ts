import { type FileHandle, open } from 'node:fs/promises';
import type { RandomStream } from '../../model/random.ts';
import { type DonePiece, recordBlocks } from './corpus-pieces.ts';
import { RECORD_BYTES, recordIsValidation, recordTokens } from './document-record.ts';
import type { DuplicateMarks } from './duplicate-marks.ts';
import { BYTES_PER_TOKEN } from './shards.ts';

/** A document whose tokens are read only when they are wanted. */
export interface OrderedDocument {
  readonly tokens: number;
  read(): Promise<Uint8Array>;
}

/**
 * The documents of one source and split that are no duplicates, shuffled: pieces in a random order, and within a piece
 * every 4096 documents. A function of `random`, so that an interrupted run goes on in the same order.
 */
export async function* shuffledDocuments(
  pieces: readonly DonePiece[],
  isValidation: boolean,
  marks: DuplicateMarks,
  random: RandomStream,
): AsyncGenerator<OrderedDocument> {
  for (const at of permutation(pieces.length, random.fork('pieces'))) {
    const piece = pieces[at]!;
    const file = await open(piece.files.tokens);
    try {
      for await (const block of recordBlocks(piece)) {
        const begins: number[] = [];
        let begin = block.firstToken;
        for (let i = 0; i < block.count; i++) {
          begins.push(begin);
          begin += recordTokens(block.records, i * RECORD_BYTES);
        }
        for (const i of permutation(block.count, random.fork('documents', block.firstDocument))) {
          const record = i * RECORD_BYTES;
          if (marks.isMarked(block.firstDocument + i)) continue;
          if (recordIsValidation(block.records, record) !== isValidation) continue;
          const tokens = recordTokens(block.records, record);
          yield { tokens, read: () => readTokens(file, begins[i]!, tokens) };
        }
      }
    } finally {
      await file.close();
    }
  }
}

async function readTokens(file: FileHandle, from: number, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count * BYTES_PER_TOKEN);
  await file.read(bytes, 0, bytes.length, from * BYTES_PER_TOKEN);
  return bytes;
}

/** 0..n-1 in a random order (Fisher & Yates). */
function permutation(n: number, random: RandomStream): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
