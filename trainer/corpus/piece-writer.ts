import { type FileHandle, open } from 'node:fs/promises';
import type { ByteEncoder } from '../../model/byte-encoder.ts';
import { writeError } from '../write-error.ts';
import { type DocumentFacts, encodeRecord } from './document-record.ts';
import { type PieceFiles, type PieceSummary, writeSummary } from './piece-files.ts';

const BUFFERED_TOKENS = 1 << 19;

/** Writes tokens and records of a piece's documents. Nothing counts until `finish`. */
export class PieceWriter {
  readonly #files: PieceFiles;
  readonly #tokens: FileHandle;
  readonly #records: FileHandle;
  #buffer = new Uint16Array(BUFFERED_TOKENS);
  #used = 0;
  #waiting: Buffer[] = [];

  private constructor(files: PieceFiles, tokens: FileHandle, records: FileHandle) {
    this.#files = files;
    this.#tokens = tokens;
    this.#records = records;
  }

  static async open(files: PieceFiles): Promise<PieceWriter> {
    return new PieceWriter(files, await open(files.tokens, 'w'), await open(files.records, 'w'));
  }

  /** @returns tokens of the document, its `<|endoftext|>` included */
  async add(
    encoder: ByteEncoder,
    endOfText: number,
    text: Buffer,
    facts: Omit<DocumentFacts, 'tokens' | 'bytes'>,
  ): Promise<number> {
    // A token holds a byte or more.
    if (this.#used + text.length + 1 > this.#buffer.length) {
      await this.#flush();
      if (text.length + 1 > this.#buffer.length) this.#buffer = new Uint16Array(text.length + 1);
    }
    const begin = this.#used;
    this.#buffer[begin] = endOfText;
    this.#used = encoder.encode(text, 0, text.length, this.#buffer, begin + 1);
    const tokens = this.#used - begin;
    this.#waiting.push(encodeRecord({ ...facts, tokens, bytes: text.length }));
    return tokens;
  }

  async finish(summary: PieceSummary): Promise<void> {
    await this.#flush();
    await this.close();
    await writeSummary(this.#files, summary).catch((error: unknown) => {
      throw writeError(this.#files.summary, error);
    });
  }

  async close(): Promise<void> {
    await this.#tokens.close();
    await this.#records.close();
  }

  async #flush(): Promise<void> {
    const bytes = new Uint8Array(this.#buffer.buffer, 0, 2 * this.#used);
    try {
      await this.#tokens.appendFile(bytes);
      await this.#records.appendFile(Buffer.concat(this.#waiting));
    } catch (error) {
      throw writeError(this.#files.tokens, error);
    }
    this.#used = 0;
    this.#waiting = [];
  }
}
