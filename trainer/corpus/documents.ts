import { isUtf8 } from 'node:buffer';
import { TinyError } from '../../protocols/errors.ts';
import type { CorpusSource } from './corpus-recipe.ts';
import { type CutDocument, cutDocuments } from './cut-documents.ts';
import { LINES, separatorLine } from './delimiter.ts';
import { fileChunks } from './file-chunks.ts';
import type { Piece } from './pieces.ts';

/** A document of a source: valid UTF-8, or what is wrong with it. */
export type SourceDocument = ReadableDocument | UnreadableDocument;

export interface ReadableDocument {
  readonly text: Buffer;
  /** Whose it is: all documents of one group are in the same split. */
  readonly group?: string;
  /** Bytes of its file that were read for it. */
  readonly sourceBytes: number;
}

export interface UnreadableDocument {
  /** A reason to count it by: `not UTF-8`. */
  readonly problem: string;
  /** Where in the file, in bytes. */
  readonly offset: number;
  readonly sourceBytes: number;
}

/** The documents of a piece, in order. Memory holds one of them at a time. */
export async function* documentsOf(source: CorpusSource, piece: Piece): AsyncGenerator<SourceDocument> {
  switch (source.format) {
    case 'txt':
      for await (const cut of cutDocuments(piece, separatorLine(source.separator))) yield plainText(cut);
      return;
    case 'jsonl':
      for await (const cut of cutDocuments(piece, LINES)) {
        const document = isUtf8(cut.bytes) ? jsonText(cut, source) : plainText(cut);
        if (document) yield document;
      }
  }
}

function plainText({ bytes, offset }: CutDocument): SourceDocument {
  const sourceBytes = bytes.length;
  if (isUtf8(bytes)) return { text: bytes, sourceBytes };
  return { problem: 'not UTF-8', offset: offset + firstNotUtf8(bytes), sourceBytes };
}

/** Undefined for a line without anything. */
function jsonText(
  { bytes, offset }: CutDocument,
  { field, group }: Extract<CorpusSource, { format: 'jsonl' }>,
): SourceDocument | undefined {
  const line = bytes.toString().trim();
  if (line === '') return undefined;
  const sourceBytes = bytes.length;
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return { problem: 'not JSON', offset, sourceBytes };
  }
  const { [field]: text, [group ?? '']: owner } = (row ?? {}) as Record<string, unknown>;
  if (typeof text !== 'string') return { problem: `no text in "${field}"`, offset, sourceBytes };
  if (group === undefined) return { text: Buffer.from(text), sourceBytes };
  if (typeof owner !== 'string' && typeof owner !== 'number') {
    return { problem: `nobody in "${group}"`, offset, sourceBytes };
  }
  return { text: Buffer.from(text), group: String(owner), sourceBytes };
}

/** The first byte of the first character that is none. */
function firstNotUtf8(bytes: Buffer): number {
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at]!;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (!isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return bytes.length;
}

/** The error for a document that cannot be read, with its line: the file is read once more to count them. */
export async function unreadable(piece: Piece, { problem, offset }: UnreadableDocument): Promise<TinyError> {
  let line = 1;
  let at = 0;
  for await (const chunk of fileChunks(piece.path, 0, piece.gzip)) {
    const within = chunk.subarray(0, Math.max(0, offset - at));
    for (let i = within.indexOf(0x0a); i >= 0; i = within.indexOf(0x0a, i + 1)) line++;
    at += chunk.length;
    if (at >= offset) break;
  }
  return new TinyError(
    `${piece.path}:${line}: ${problem} (byte ${offset} of the file)`,
    "mend it, or leave such documents out with the recipe's `unreadable: skip`: they are counted",
  );
}
