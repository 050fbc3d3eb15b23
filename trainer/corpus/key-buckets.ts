import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** An entry: two halves of a key, and whose it is. */
const STRIDE = 3;
const BUFFERED_ENTRIES = 4096;
const ENTRIES_PER_BUCKET = 1 << 20;
const MAX_BUCKETS = 256;

/**
 * Keys on disk, in files by hash, each small enough for memory. Equal keys meet in one bucket, in the order in which they
 * were added: so whoever walks a bucket sees which one was first, and nothing needs to be sorted.
 */
export class KeyBuckets {
  readonly #folder: string;
  readonly #files: readonly FileHandle[];
  readonly #buffers: readonly Uint32Array[];
  readonly #used: number[];

  private constructor(folder: string, files: readonly FileHandle[]) {
    this.#folder = folder;
    this.#files = files;
    this.#buffers = files.map(() => new Uint32Array(BUFFERED_ENTRIES * STRIDE));
    this.#used = files.map(() => 0);
  }

  /** @param entries that will be added, about; @param folder a new one, removed by `close` */
  static async create(folder: string, entries: number): Promise<KeyBuckets> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const count = Math.min(MAX_BUCKETS, Math.max(1, Math.ceil(entries / ENTRIES_PER_BUCKET)));
    const files: FileHandle[] = [];
    for (let i = 0; i < count; i++) files.push(await open(join(folder, `${i}.keys`), 'w'));
    return new KeyBuckets(folder, files);
  }

  /** @param owner below 2^32 */
  async add(low: number, high: number, owner: number): Promise<void> {
    const bucket = (low >>> 0) % this.#files.length;
    const used = this.#used[bucket]!;
    const buffer = this.#buffers[bucket]!;
    buffer[used] = low;
    buffer[used + 1] = high;
    buffer[used + 2] = owner;
    this.#used[bucket] = used + STRIDE;
    if (used + STRIDE === buffer.length) await this.#flush(bucket);
  }

  /** Calls `onRepeated` with the owner of every key that was added before. */
  async eachRepeated(onRepeated: (owner: number) => void): Promise<void> {
    for (const bucket of this.#files.keys()) {
      await this.#flush(bucket);
      const bytes = await readFile(join(this.#folder, `${bucket}.keys`));
      const entries = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
      walk(entries, onRepeated);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.map((file) => file.close()));
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #flush(bucket: number): Promise<void> {
    const bytes = new Uint8Array(this.#buffers[bucket]!.buffer, 0, 4 * this.#used[bucket]!);
    this.#used[bucket] = 0;
    if (bytes.length > 0) await this.#files[bucket]!.appendFile(bytes);
  }
}

/** A table of the keys seen so far, at most half full; a slot holds where its entry begins, plus one. */
function walk(entries: Uint32Array, onRepeated: (owner: number) => void): void {
  const slots = 2 ** Math.ceil(Math.log2(Math.max(2, (2 * entries.length) / STRIDE)));
  const table = new Uint32Array(slots);
  for (let at = 0; at < entries.length; at += STRIDE) {
    const low = entries[at]!;
    const high = entries[at + 1]!;
    let slot = high & (slots - 1);
    for (;;) {
      const known = table[slot]!;
      if (known === 0) {
        table[slot] = at + 1;
        break;
      }
      if (entries[known - 1] === low && entries[known] === high) {
        onRepeated(entries[at + 2]!);
        break;
      }
      slot = (slot + 1) & (slots - 1);
    }
  }
}
