import { isUtf8 } from 'node:buffer';
import { stat } from 'node:fs/promises';
import { TinyError } from '../../protocols/errors.ts';
import { cutDocuments } from '../corpus/cut-documents.ts';
import { separatorLine } from '../corpus/delimiter.ts';

/** Text that a model has not seen. */
export interface HeldOutText {
  /** For people: its file. */
  readonly name: string;
  readonly documents: readonly string[];
  /** UTF-8. */
  readonly bytes: number;
}

const SEPARATOR = '<|endoftext|>';

/**
 * Reads a text file whose documents are parted by lines `<|endoftext|>`. Throws `TinyError` where it cannot be read, is empty or
 * not UTF-8.
 *
 * @param mostBytes see `withinBytes`
 */
export async function readHeldOutText(path: string, mostBytes: number): Promise<HeldOutText> {
  const documents: string[] = [];
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new TinyError(`${path} cannot be read: ${(cause as Error).message}`, 'give a text file', { cause });
  });
  for await (const { bytes, offset } of cutDocuments(
    { path, gzip: false, start: 0, end: size },
    separatorLine(SEPARATOR),
  )) {
    if (!isUtf8(bytes)) {
      throw new TinyError(
        `${path}: the document at byte ${offset} is not UTF-8`,
        'convert it: iconv -t UTF-8',
      );
    }
    documents.push(bytes.toString().trim());
  }
  return heldOutText(path, documents, mostBytes);
}

/** Throws `TinyError` where there is no text. */
export function heldOutText(name: string, documents: readonly string[], mostBytes: number): HeldOutText {
  const taken = withinBytes(
    documents.filter((document) => document !== ''),
    mostBytes,
  );
  const bytes = taken.reduce((sum, document) => sum + Buffer.byteLength(document), 0);
  if (bytes > 0) return { name, documents: taken, bytes };
  throw new TinyError(`${name} holds no text`, 'give a text that the model was not trained on');
}

/** The beginnings of all documents, so long that they have so many bytes together: long ones are cut, short ones stay whole. */
function withinBytes(documents: readonly string[], mostBytes: number): string[] {
  const sizes = documents.map((document) => Buffer.byteLength(document)).sort((a, b) => a - b);
  let left = mostBytes;
  let mostEach = Number.POSITIVE_INFINITY;
  for (const [i, size] of sizes.entries()) {
    const share = left / (sizes.length - i);
    if (size > share) {
      mostEach = Math.floor(share);
      break;
    }
    left -= size;
  }
  return documents.map((document) => beginning(document, mostEach)).filter((document) => document !== '');
}

/** Whole characters in so many bytes. */
function beginning(document: string, mostBytes: number): string {
  if (Buffer.byteLength(document) <= mostBytes) return document;
  const { read } = new TextEncoder().encodeInto(document, new Uint8Array(mostBytes));
  return document.slice(0, read);
}
