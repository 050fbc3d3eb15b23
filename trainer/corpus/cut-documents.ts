import type { Delimiter } from './delimiter.ts';
import { fileChunks } from './file-chunks.ts';

/** A longer one is cut at a line's end: so memory stays flat where a file has no delimiter. */
const LONGEST_DOCUMENT_BYTES = 8 << 20;
const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** A part of a file. A document belongs to the part in which it begins. */
export interface FilePart {
  readonly path: string;
  readonly gzip: boolean;
  readonly start: number;
  readonly end: number;
}

/** The bytes of a document, valid until the next one is asked for, and where they begin in the (unpacked) file. */
export interface CutDocument {
  readonly bytes: Buffer;
  readonly offset: number;
}

/** The documents of a part of a file, in order: those of all parts of a file are those of the file, whatever the parts. */
export async function* cutDocuments(part: FilePart, delimiter: Delimiter): AsyncGenerator<CutDocument> {
  const from = Math.max(0, part.start - delimiter.reach);
  /** What has been read and not yet been given away; `at` is where it begins in the file. */
  let held: Buffer = Buffer.alloc(0);
  let at = from;
  /** Where the document that is looked at begins in `held`; -1 while the part's first one is not found. */
  let begin = part.start === 0 ? 0 : -1;
  let searched = 0;

  const drop = (count: number): void => {
    held = held.subarray(count);
    at += count;
    searched -= count;
  };

  const chunks = fileChunks(part.path, from, part.gzip)[Symbol.asyncIterator]();
  try {
    for (let isWhole = false; !isWhole; ) {
      const { value, done } = await chunks.next();
      isWhole = done === true;
      if (value) held = held.length === 0 ? value : Buffer.concat([held, value]);
      if (at === 0 && held.subarray(0, 3).equals(BYTE_ORDER_MARK)) drop(3);
      searched = Math.max(0, searched);

      for (;;) {
        const border = delimiter.find(held, begin < 0 ? searched : Math.max(begin, searched), isWhole);
        if (border === undefined) break;
        if (begin >= 0)
          yield { bytes: held.subarray(begin, Math.max(begin, border.end)), offset: at + begin };
        if (at + border.next >= part.end) return;
        searched = border.next;
        if (begin >= 0 || at + border.next >= part.start) begin = border.next;
      }
      if (begin < 0 && at + held.length > part.end + delimiter.reach) return;
      // A delimiter may have begun in the last bytes.
      searched = Math.max(begin, held.length - delimiter.reach, 0);
      while (begin >= 0 && held.length - begin > LONGEST_DOCUMENT_BYTES) {
        const end = longestEnd(held, begin);
        yield { bytes: held.subarray(begin, end), offset: at + begin };
        begin = end;
      }
      drop(begin < 0 ? Math.max(0, searched - 1) : begin);
      if (begin >= 0) begin = 0;
    }
    if (begin >= 0 && held.length > begin) yield { bytes: held.subarray(begin), offset: at + begin };
  } finally {
    await chunks.return(undefined);
  }
}

/** At the end of a line where there is one, else between two characters. */
function longestEnd(bytes: Buffer, begin: number): number {
  const newline = bytes.lastIndexOf(NEWLINE, begin + LONGEST_DOCUMENT_BYTES - 1);
  if (newline > begin) return newline + 1;
  const most = begin + LONGEST_DOCUMENT_BYTES;
  const isBetween = (at: number): boolean => (bytes[at]! & 0xc0) !== 0x80;
  return [most, most - 1, most - 2, most - 3].find(isBetween) ?? most;
}
