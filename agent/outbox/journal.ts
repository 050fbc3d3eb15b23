import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type FolderLock, lockFolder } from './lock.ts';
import type { OutboxEntry } from './message.ts';
import { Segment } from './segment.ts';

export interface JournalLimits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** Messages given up because the journal was full, or they were too old. */
export interface Trimmed {
  readonly full: number;
  readonly old: number;
  /** The last one that was given up; -1 when none was. */
  readonly lastSeq: number;
}

/** What an earlier process left. */
export interface FoundJournal {
  readonly journal: Journal;
  /** The number of the newest message of each topic among those that wait. */
  readonly newest: ReadonlyMap<string, number>;
  readonly acknowledgedBelow: number;
  readonly damagedBytes: number;
  /** Files that could not be read at all; they are left where they are. */
  readonly unreadable: readonly string[];
}

/** Messages on a disk that does not read them any more. */
export class LostSegment extends Error {
  readonly waiting: number;
  readonly lastSeq: number;

  constructor(waiting: number, lastSeq: number, cause: Error) {
    super(cause.message, { cause });
    this.waiting = waiting;
    this.lastSeq = lastSeq;
  }
}

const SEGMENT_NAME = /^(\d{8})\.journal$/;
const MAX_SEGMENT_BYTES = 1 << 20;
const MIN_SEGMENT_BYTES = 1 << 16;
/** A journal that is full loses its oldest segment: a sixteenth of it at most. */
const SEGMENTS = 16;

/**
 * Messages on disk, in a folder of segments: appended at the end of the newest, deleted with the oldest when the broker has
 * all of a segment. One process at a time. Calls may overlap; they are served in order.
 */
export class Journal {
  readonly #folder: string;
  readonly #lock: FolderLock;
  readonly #limits: JournalLimits;
  readonly #segmentBytes: number;
  readonly #segments: Segment[] = [];
  #nextNumber = 1;
  #lastSeq = -1;
  #served: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, lock: FolderLock, limits: JournalLimits) {
    this.#folder = folder;
    this.#lock = lock;
    this.#limits = limits;
    const share = limits.maxBytes / SEGMENTS;
    this.#segmentBytes = Math.max(MIN_SEGMENT_BYTES, Math.min(MAX_SEGMENT_BYTES, share));
  }

  /**
   * Open the journal in a folder, which is made when it is not there.
   *
   * @throws TinyError when another process has it
   * @throws the error of the file system when the folder cannot be written
   */
  static async open(folder: string, limits: JournalLimits): Promise<FoundJournal> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const journal = new Journal(folder, await lockFolder(folder), limits);
    try {
      return await journal.#recover();
    } catch (error) {
      await journal.#lock.release();
      throw error;
    }
  }

  /** The highest number on disk; -1 when there is none. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Messages on disk that the broker does not have. */
  get waiting(): number {
    return this.#segments.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  /** How long the oldest of them waits, in milliseconds; undefined when there is none. */
  get oldestAgeMs(): number | undefined {
    return this.#segments.find(({ waiting }) => waiting > 0)?.oldestAgeMs;
  }

  get hasUnread(): boolean {
    return this.#segments.some(({ hasUnread }) => hasUnread);
  }

  /**
   * Put messages behind the others; their numbers go up. When this resolves they outlive a power cut.
   * When it throws, none of them counts: they may be given again.
   */
  append(entries: readonly OutboxEntry[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#writing((segment) => segment.append(entries));
      this.#lastSeq = entries.at(-1)?.seq ?? this.#lastSeq;
    });
  }

  /** Note that the broker has every message with a lower number than `below`. */
  mark(below: number): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#segments.length > 0) await this.#writing((segment) => segment.mark(below));
    });
  }

  /**
   * The next messages that were not read since `rewind`, oldest first, some of which the broker may have.
   *
   * @throws `LostSegment` when the disk does not give them back; they are given up
   */
  read(): Promise<readonly OutboxEntry[]> {
    return this.#inTurn(async () => {
      const segment = this.#segments.find(({ hasUnread }) => hasUnread);
      if (segment === undefined) return [];
      try {
        return await segment.read();
      } catch (error) {
        await this.#delete(segment);
        throw new LostSegment(segment.waiting, segment.lastSeq, error as Error);
      }
    });
  }

  rewind(): void {
    for (const segment of this.#segments) segment.rewind();
  }

  /** The broker has this message. A segment of which it has all is deleted when nothing more will be written to it. */
  acknowledge(seq: number): void {
    const segment = this.#segments.find((candidate) => candidate.spans(seq));
    segment?.acknowledge();
    if (segment?.waiting === 0 && segment.isSealed) void this.#inTurn(() => this.#deleteEmpty());
  }

  /** Give up what is beyond the limits, the oldest first. */
  trim(): Promise<Trimmed> {
    return this.#inTurn(async () => {
      const given = { full: 0, old: 0, lastSeq: -1 };
      for (let oldest = this.#segments[0]; oldest; oldest = this.#segments[0]) {
        const isFull = this.bytes > this.#limits.maxBytes && this.#segments.length > 1;
        if (!isFull && oldest.ageMs <= this.#limits.maxAgeMs) break;
        given[isFull ? 'full' : 'old'] += oldest.waiting;
        given.lastSeq = oldest.lastSeq;
        await this.#delete(oldest);
      }
      return given;
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#segments.at(-1)?.seal();
      await this.#deleteEmpty();
      await this.#lock.release();
    });
  }

  async #recover(): Promise<FoundJournal> {
    const names = (await readdir(this.#folder)).filter((name) => SEGMENT_NAME.test(name)).sort();
    const unreadable: string[] = [];
    const newest = new Map<string, number>();
    const numbers: number[][] = [];
    let below = 0;
    let damagedBytes = 0;
    for (const name of names) {
      this.#nextNumber = Number(SEGMENT_NAME.exec(name)![1]) + 1;
      const found = await Segment.open(join(this.#folder, name)).catch(() => undefined);
      if (found === undefined) {
        unreadable.push(name);
        continue;
      }
      this.#segments.push(found.segment);
      // A number that comes again is of a write that failed and was repeated in the next file.
      const repeated = found.entries.filter(({ seq }) => seq <= this.#lastSeq).length;
      found.segment.acknowledge(repeated);
      numbers.push(found.entries.slice(repeated).map(({ seq }) => seq));
      for (const { seq, message } of found.entries) newest.set(message.topic, seq);
      below = Math.max(below, found.acknowledgedBelow);
      damagedBytes += found.damagedBytes;
      this.#lastSeq = Math.max(this.#lastSeq, found.segment.lastSeq);
    }
    this.#segments.forEach((segment, i) => {
      segment.acknowledge(numbers[i]!.filter((seq) => seq < below).length);
    });
    await this.#deleteEmpty();
    // Numbers that are taken stay taken, though their messages are gone.
    this.#lastSeq = Math.max(this.#lastSeq, below - 1);
    for (const [topic, seq] of newest) if (seq < below) newest.delete(topic);
    return { journal: this, newest, acknowledgedBelow: below, damagedBytes, unreadable };
  }

  /** Write to the newest segment, or to a new one when that is full or of an earlier process. */
  async #writing(write: (segment: Segment) => Promise<void>): Promise<void> {
    const newest = this.#segments.at(-1);
    const isOpen = newest !== undefined && !newest.isSealed && !this.#isFull(newest);
    const segment = isOpen ? newest : await this.#begin(newest);
    try {
      await write(segment);
    } catch (error) {
      // Where the write got to is not known: what comes next goes to another file.
      await segment.seal();
      throw error;
    }
  }

  /** Full of bytes; or old enough that its first messages would wait too long for its last to be trimmed. */
  #isFull({ bytes, openForMs }: Segment): boolean {
    return bytes >= this.#segmentBytes || openForMs > this.#limits.maxAgeMs / SEGMENTS;
  }

  async #begin(previous: Segment | undefined): Promise<Segment> {
    await previous?.seal();
    await this.#deleteEmpty();
    const name = `${String(this.#nextNumber).padStart(8, '0')}.journal`;
    const segment = await Segment.create(join(this.#folder, name));
    this.#nextNumber++;
    this.#segments.push(segment);
    try {
      await syncFolder(this.#folder);
    } catch (error) {
      await this.#delete(segment);
      throw error;
    }
    return segment;
  }

  async #deleteEmpty(): Promise<void> {
    for (const segment of [...this.#segments]) {
      if (segment.isSealed && segment.waiting === 0) await this.#delete(segment);
    }
  }

  async #delete(segment: Segment): Promise<void> {
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    // Where it cannot be deleted now, the next start finds it.
    await segment.delete().catch(() => {});
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#served.then(work);
    this.#served = done.catch(() => {});
    return done;
  }
}

/** A new file is found after a power cut only when its folder is on the disk too. Windows has no such call, nor the need. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
