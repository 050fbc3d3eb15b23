import { isUtf8 } from 'node:buffer';
import { TinyError } from '../../protocols/errors.ts';
import type { CorpusSource, RowSource } from './corpus-recipe.ts';
import { csvCells, csvRecords } from './csv-records.ts';
import { type CutDocument, cutDocuments } from './cut-documents.ts';
import { LINES, separatorLine } from './delimiter.ts';
import { fileChunks } from './file-chunks.ts';
import { readRows } from './parquet.ts';
import { columnsOf, type Piece } from './pieces.ts';
import { recordingTexts } from './recordings-text.ts';

/** A document of a source: valid UTF-8, or what is wrong with it. */
export type SourceDocument = ReadableDocument | UnreadableDocument;

export interface ReadableDocument {
  readonly text: Buffer;
  /** Whose it is: all documents of one group are in the same split. */
  readonly group?: string;
  /** Bytes of its file that were read for it; 0 where that cannot be told. */
  readonly sourceBytes: number;
}

export interface UnreadableDocument {
  /** A reason to count it by: `not UTF-8`. */
  readonly problem: string;
  /** Where in the file: its byte, or its row where it has no lines. */
  readonly offset: number;
  readonly sourceBytes: number;
}

/** The documents of a piece, in order. Memory holds one of them at a time, of Parquet a row group, of recordings all. */
export async function* documentsOf(source: CorpusSource, piece: Piece): AsyncGenerator<SourceDocument> {
  switch (source.format) {
    case 'txt':
      for await (const cut of cutDocuments(piece, separatorLine(source.separator)))
        yield plainText(cut, piece);
      return;
    case 'jsonl':
      for await (const cut of cutDocuments(piece, LINES)) {
        const document = jsonText(cut, source, piece);
        if (document) yield document;
      }
      return;
    case 'csv':
      yield* csvTexts(source, piece);
      return;
    case 'parquet':
      for (const [i, row] of (await readRows(piece.path, columnsOf(source), piece)).entries()) {
        yield rowText(row, source, piece.start + i, 0);
      }
      return;
    case 'recordings':
      for (const { text, group } of await recordingTexts(source.recipe, piece.path, source)) {
        yield { text: Buffer.from(text), sourceBytes: 0, ...(group !== undefined && { group }) };
      }
  }
}

function plainText({ bytes, offset }: CutDocument, { gzip }: Piece): SourceDocument {
  const sourceBytes = gzip ? 0 : bytes.length;
  if (isUtf8(bytes)) return { text: bytes, sourceBytes };
  return { problem: 'not UTF-8', offset: offset + firstNotUtf8(bytes), sourceBytes };
}

/** Undefined for a line without anything. */
function jsonText(cut: CutDocument, source: RowSource, piece: Piece): SourceDocument | undefined {
  const plain = plainText(cut, piece);
  if ('problem' in plain) return plain;
  const line = plain.text.toString().trim();
  if (line === '') return undefined;
  const { sourceBytes } = plain;
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return { problem: 'not JSON', offset: cut.offset, sourceBytes };
  }
  return rowText((row ?? {}) as Record<string, unknown>, source, cut.offset, sourceBytes);
}

async function* csvTexts(source: RowSource, piece: Piece): AsyncGenerator<SourceDocument> {
  let columns: readonly string[] | undefined;
  for await (const record of csvRecords(piece.path, piece.gzip)) {
    const plain = plainText(record, { ...piece, gzip: true });
    if ('problem' in plain) yield plain;
    else if (columns === undefined) columns = csvHead(piece.path, plain.text.toString(), columnsOf(source));
    else if (plain.text.length > 1) {
      const cells = csvCells(plain.text.toString());
      const row = Object.fromEntries(columns.map((name, i) => [name, cells[i]]));
      yield rowText(row, source, record.offset, 0);
    }
  }
}

function csvHead(path: string, record: string, wanted: readonly string[]): string[] {
  const columns = csvCells(record.replace(/^\uFEFF/, '')).map((name) => name.trim());
  const missing = wanted.find((name) => !columns.includes(name));
  if (missing === undefined) return columns;
  throw new TinyError(`${path}:1: there is no column "${missing}"`, `its columns are ${columns.join(', ')}`);
}

function rowText(
  row: Readonly<Record<string, unknown>>,
  { field, group }: RowSource,
  offset: number,
  sourceBytes: number,
): SourceDocument {
  const { [field]: text, [group ?? '']: owner } = row;
  if (typeof text !== 'string') return { problem: `no text in "${field}"`, offset, sourceBytes };
  if (group === undefined) return { text: Buffer.from(text), sourceBytes };
  if (typeof owner === 'string' || typeof owner === 'number' || typeof owner === 'bigint') {
    return { text: Buffer.from(text), group: String(owner), sourceBytes };
  }
  return { problem: `nobody in "${group}"`, offset, sourceBytes };
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

const HINT = "mend it, or leave such documents out with the recipe's `unreadable: skip`: they are counted";

/** The error for a document that cannot be read, with its line: the file is read once more to count them. */
export async function unreadable(
  { format }: CorpusSource,
  piece: Piece,
  { problem, offset }: UnreadableDocument,
): Promise<TinyError> {
  if (format === 'parquet') return new TinyError(`${piece.path}, row ${offset}: ${problem}`, HINT);
  let line = 1;
  let at = 0;
  for await (const chunk of fileChunks(piece.path, 0, piece.gzip)) {
    const within = chunk.subarray(0, Math.max(0, offset - at));
    for (let i = within.indexOf(0x0a); i >= 0; i = within.indexOf(0x0a, i + 1)) line++;
    at += chunk.length;
    if (at >= offset) break;
  }
  return new TinyError(`${piece.path}:${line}: ${problem} (byte ${offset} of the file)`, HINT);
}
