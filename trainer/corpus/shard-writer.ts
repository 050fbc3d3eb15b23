import { existsSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { writeError } from '../write-error.ts';
import type { OrderedDocument } from './document-order.ts';
import type { SplitOfCorpus } from './manifest.ts';
import { BYTES_PER_TOKEN, shardHeader, shardName } from './shards.ts';

const FLUSH_BYTES = 1 << 20;

/**
 * Writes the shards of a split, each renamed when it is whole. Shards that are there already, of a run that was
 * interrupted, are passed over: their documents are counted, and not read.
 */
export class ShardWriter {
  readonly #folder: string;
  readonly #split: SplitOfCorpus;
  readonly #shardTokens: number;
  /** Tokens of every shard so far; the last one is being written. */
  readonly #sizes: number[] = [];
  #file: FileHandle | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  constructor(folder: string, split: SplitOfCorpus, shardTokens: number) {
    this.#folder = folder;
    this.#split = split;
    this.#shardTokens = shardTokens;
  }

  /** A document that does not fit goes on in the next shard. */
  async add(document: OrderedDocument): Promise<void> {
    let bytes: Uint8Array | undefined;
    for (let done = 0; done < document.tokens; ) {
      if (this.#sizes.length === 0 || this.#sizes.at(-1) === this.#shardTokens) await this.#begin();
      const last = this.#sizes.length - 1;
      const count = Math.min(document.tokens - done, this.#shardTokens - this.#sizes[last]!);
      if (this.#file) {
        bytes ??= await document.read();
        await this.#write(bytes.subarray(done * BYTES_PER_TOKEN, (done + count) * BYTES_PER_TOKEN));
      }
      this.#sizes[last]! += count;
      done += count;
    }
  }

  /** @returns names and numbers of tokens of all shards */
  async finish(): Promise<{ file: string; tokens: number }[]> {
    await this.#end();
    return this.#sizes.map((tokens, index) => ({ file: shardName(this.#split, index), tokens }));
  }

  /** After a failure: leaves the shard that is being written under its temporary name. */
  async abandon(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #begin(): Promise<void> {
    await this.#end();
    const path = this.#path(this.#sizes.length);
    this.#sizes.push(0);
    if (existsSync(path)) return;
    this.#file = await open(`${path}.partial`, 'w');
    await this.#write(shardHeader(0));
  }

  async #end(): Promise<void> {
    const file = this.#file;
    if (!file) return;
    const index = this.#sizes.length - 1;
    await this.#flush();
    await file.write(shardHeader(this.#sizes[index]!), 0, undefined, 0);
    await file.sync();
    await this.abandon();
    await rename(`${this.#path(index)}.partial`, this.#path(index));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= FLUSH_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    try {
      await this.#file!.appendFile(Buffer.concat(this.#waiting));
    } catch (error) {
      throw writeError(this.#path(this.#sizes.length - 1), error);
    }
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #path(index: number): string {
    return join(this.#folder, shardName(this.#split, index));
  }
}
