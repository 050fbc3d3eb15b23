import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { TinyError } from '../../protocols/errors.ts';
import { type CorpusManifest, readManifest, type ShardEntry, type SplitOfCorpus } from './manifest.ts';

/**
 * Token shards as llm.c reads them: 256 int32 (magic, version, number of tokens, zeros), then the tokens as uint16, all
 * little-endian. A document begins with its `<|endoftext|>`; it may go on in the next shard.
 *
 * Source: github karpathy/llm.c, `llmc/dataloader.h` and `dev/data/data_common.py`.
 */
const MAGIC = 20240520;
const VERSION = 1;
const HEADER_BYTES = 256 * 4;
export const BYTES_PER_TOKEN = 2;
/** The largest vocabulary whose ids uint16 can hold. */
export const MAX_SHARD_VOCABULARY = 2 ** 16;

export const shardName = (split: SplitOfCorpus, index: number): string =>
  `${split}_${String(index).padStart(6, '0')}.bin`;

export function shardHeader(tokens: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  for (const [i, value] of [MAGIC, VERSION, tokens].entries()) header.setInt32(4 * i, value, true);
  return new Uint8Array(header.buffer);
}

export interface OpenTokensOptions {
  /** What one batch needs, at least. */
  readonly atLeast?: number;
  /** Compare the shards with the hashes of the manifest (default). Only for whoever opened the same folder just before. */
  readonly checkHashes?: boolean;
}

/**
 * The tokens of a prepared corpus, of one split.
 *
 * @param folder where `tinyllm prepare` wrote them
 * @throws TinyError naming the file for a shard that is missing, truncated, of another format or not the one that was
 *   written, and for fewer tokens than `atLeast`
 */
export async function openTokens(
  folder: string,
  split: SplitOfCorpus,
  { atLeast = 1, checkHashes = true }: OpenTokensOptions = {},
): Promise<CorpusTokens> {
  const manifest = await readManifest(folder);
  const { tokens, shards } = manifest.splits[split];
  if (tokens < atLeast) {
    throw new TinyError(
      `${folder} has ${tokens} tokens of split "${split}", and one batch needs ${atLeast}`,
      split === 'val'
        ? 'raise corpus.validation in the recipe and prepare the corpus again, or train with a shorter context'
        : 'prepare a larger corpus, or train with fewer sequences or a shorter context',
    );
  }
  const opened: OpenShard[] = [];
  try {
    for (const shard of shards) opened.push(await openShard(join(folder, shard.file), shard));
    if (checkHashes) for (const { path, entry } of opened) await checkHash(path, entry);
  } catch (error) {
    await Promise.all(opened.map(({ file }) => file.close()));
    throw error;
  }
  return new CorpusTokens(manifest, tokens, opened);
}

interface OpenShard {
  readonly path: string;
  readonly entry: ShardEntry;
  readonly file: FileHandle;
}

/** All shards of a split as one row of tokens. Nothing is kept in memory. */
export class CorpusTokens {
  readonly manifest: CorpusManifest;
  readonly length: number;
  readonly #shards: readonly OpenShard[];
  /** Number of the first token of every shard. */
  readonly #begins: readonly number[];

  /** See `openTokens`. */
  constructor(manifest: CorpusManifest, length: number, shards: readonly OpenShard[]) {
    this.manifest = manifest;
    this.length = length;
    this.#shards = shards;
    const begins: number[] = [];
    let at = 0;
    for (const { entry } of shards) {
      begins.push(at);
      at += entry.tokens;
    }
    this.#begins = begins;
  }

  /** Tokens [from, from + count). Throws a RangeError outside [0, length). */
  async read(from: number, count: number): Promise<Uint16Array> {
    if (from < 0 || count < 0 || from + count > this.length) {
      throw new RangeError(`tokens ${from} to ${from + count} of ${this.length}`);
    }
    const tokens = new Uint16Array(count);
    const bytes = new Uint8Array(tokens.buffer);
    let index = this.#begins.findLastIndex((begin) => begin <= from);
    for (let done = 0; done < count; index++) {
      const { path, entry, file } = this.#shards[index]!;
      const within = from + done - this.#begins[index]!;
      const wanted = Math.min(count - done, entry.tokens - within);
      const length = wanted * BYTES_PER_TOKEN;
      const position = HEADER_BYTES + within * BYTES_PER_TOKEN;
      const { bytesRead } = await file.read(bytes, done * BYTES_PER_TOKEN, length, position);
      if (bytesRead !== length) throw damaged(path, 'became shorter while it was read');
      done += wanted;
    }
    return tokens;
  }

  async close(): Promise<void> {
    await Promise.all(this.#shards.map(({ file }) => file.close()));
  }
}

const damaged = (path: string, what: string): TinyError =>
  new TinyError(`${path} ${what}`, 'run `tinyllm prepare` again, or copy the whole folder anew');

async function openShard(path: string, entry: ShardEntry): Promise<OpenShard> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? damaged(path, 'is missing') : error;
  });
  try {
    const header = new DataView(new ArrayBuffer(HEADER_BYTES));
    const { bytesRead } = await file.read(header, 0, HEADER_BYTES, 0);
    const [magic, version, tokens] = [0, 4, 8].map((at) => header.getInt32(at, true));
    if (bytesRead < HEADER_BYTES || magic !== MAGIC || version !== VERSION) {
      throw damaged(path, `is no token shard of llm.c's version ${VERSION}`);
    }
    const { size } = await file.stat();
    const held = (size - HEADER_BYTES) / BYTES_PER_TOKEN;
    if (held !== tokens) throw damaged(path, `is cut short: it has ${held} of its ${tokens} tokens`);
    if (tokens !== entry.tokens) {
      throw damaged(path, `is another shard: it has ${tokens} tokens, and the manifest says ${entry.tokens}`);
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  return { path, entry, file };
}

async function checkHash(path: string, { sha256 }: ShardEntry): Promise<void> {
  if ((await hashFile(path)) !== sha256) {
    throw damaged(path, 'is not what was prepared: its SHA-256 is not the one of the manifest');
  }
}

/** SHA-256 (hex) of a file of any size. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
