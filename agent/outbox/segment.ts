import { type FileHandle, open, readFile, unlink } from 'node:fs/promises';
import type { OutboxEntry } from './message.ts';
import { decodeRecords, encodeRecord, type JournalRecord } from './record.ts';
import { SegmentTimes } from './segment-times.ts';

/** What opening a segment found. */
export interface OpenedSegment {
  readonly segment: Segment;
  /** The numbers of its messages, in order. */
  readonly entries: readonly OutboxEntry[];
  /** Every message with a lower number has reached the broker. */
  readonly acknowledgedBelow: number;
  readonly damagedBytes: number;
  readonly tornBytes: number;
}

/** One file of a journal: appended to by the process that made it, then only read, then deleted whole. */
export class Segment {
  readonly path: string;
  #handle: FileHandle | undefined;
  /** Where whole records end: what lies behind is not read. */
  #bytes: number;
  #readBytes = 0;
  #firstSeq = -1;
  #lastSeq = -1;
  #messages = 0;
  #acknowledged = 0;
  readonly #times = new SegmentTimes();
  // Both on the clock of `performance.now()`, which nobody sets.
  readonly #openedAtMs = performance.now();
  /** When its newest message was made. */
  #newestAtMs = performance.now();

  private constructor(path: string, bytes: number, handle?: FileHandle) {
    this.path = path;
    this.#bytes = bytes;
    this.#handle = handle;
  }

  /** A new file. Throws when there is one already, or the disk does not take it. */
  static async create(path: string): Promise<Segment> {
    return new Segment(path, 0, await open(path, 'wx', 0o600));
  }

  /** A file that an earlier process left, to be read only: nothing is written behind a torn end. */
  static async open(path: string): Promise<OpenedSegment> {
    const bytes = await readFile(path);
    const segment = new Segment(path, bytes.length);
    const { records, damagedBytes, tornBytes } = decodeRecords(bytes);
    const entries = records.flatMap((record) => (record.kind === 'message' ? [record.entry] : []));
    segment.#count(entries);
    const newestMs = entries.at(-1)?.madeMs ?? Date.now();
    segment.#newestAtMs -= Math.max(0, Date.now() - newestMs);
    const marks = records.map((record) => (record.kind === 'acknowledged' ? record.below : 0));
    return { segment, entries, acknowledgedBelow: Math.max(0, ...marks), damagedBytes, tornBytes };
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Messages that the broker does not have yet. */
  get waiting(): number {
    return this.#messages - this.#acknowledged;
  }

  /** The number of its last message; -1 when it has none. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Whether a number lies between those of its first and its last message. */
  spans(seq: number): boolean {
    return seq >= this.#firstSeq && seq <= this.#lastSeq;
  }

  get isSealed(): boolean {
    return this.#handle === undefined;
  }

  get hasUnread(): boolean {
    return this.#readBytes < this.#bytes;
  }

  /** Since its newest message was made, in milliseconds. */
  get ageMs(): number {
    return performance.now() - this.#newestAtMs;
  }

  /** Since the oldest message was made that the broker does not have, in milliseconds; about, while some of it are sent. */
  get oldestAgeMs(): number {
    return performance.now() - this.#times.of(this.#acknowledged);
  }

  /** Since this process created or opened it, in milliseconds. */
  get openForMs(): number {
    return performance.now() - this.#openedAtMs;
  }

  /** Write messages; when this resolves they outlive a power cut. When it throws, none of them is in the segment. */
  async append(entries: readonly OutboxEntry[]): Promise<void> {
    const before = this.#bytes;
    try {
      await this.#write(entries.map((entry) => ({ kind: 'message', entry })));
      await this.#handle!.datasync();
    } catch (error) {
      this.#bytes = before;
      throw error;
    }
    this.#count(entries);
    this.#newestAtMs = performance.now();
  }

  /** Note what the broker has. It is not forced to the disk: a mark that is lost makes repetitions, no losses. */
  async mark(below: number): Promise<void> {
    await this.#write([{ kind: 'acknowledged', below }]);
  }

  /** The messages behind those that were read before; at most a segment full. */
  async read(): Promise<readonly OutboxEntry[]> {
    const from = this.#readBytes;
    const bytes = Buffer.alloc(this.#bytes - from);
    this.#readBytes = this.#bytes;
    const file = await open(this.path);
    try {
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await file.read(bytes, at, bytes.length - at, from + at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
    } finally {
      await file.close();
    }
    return decodeRecords(bytes).records.flatMap((record) =>
      record.kind === 'message' ? [record.entry] : [],
    );
  }

  rewind(): void {
    this.#readBytes = 0;
  }

  acknowledge(count = 1): void {
    this.#acknowledged += count;
  }

  /** Nothing more is written. What a failed write left behind the last whole record is cut off, if the disk lets us. */
  async seal(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.truncate(this.#bytes).catch(() => {});
    await handle?.close().catch(() => {});
  }

  async delete(): Promise<void> {
    await this.seal();
    await unlink(this.path);
  }

  async #write(records: readonly JournalRecord[]): Promise<void> {
    const bytes = Buffer.concat(records.map(encodeRecord));
    for (let at = 0; at < bytes.length; ) {
      at += (await this.#handle!.write(bytes, at, bytes.length - at, this.#bytes + at)).bytesWritten;
    }
    this.#bytes += bytes.length;
  }

  #count(entries: readonly OutboxEntry[]): void {
    if (this.#messages === 0) this.#firstSeq = entries[0]?.seq ?? -1;
    // From the clock that may be set to the one that nobody sets.
    const behindMs = performance.now() - Date.now();
    if (this.waiting === 0) this.#times.clear();
    for (const { madeMs } of entries)
      this.#times.add(this.#messages++, Math.min(performance.now(), madeMs + behindMs));
    this.#lastSeq = entries.at(-1)?.seq ?? this.#lastSeq;
  }
}
