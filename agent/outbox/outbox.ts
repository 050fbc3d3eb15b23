import type { Log } from '../log.ts';
import { RareLog } from '../rare-log.ts';
import { type FoundJournal, type Journal, LostSegment } from './journal.ts';
import { JournalKeeper, RETRY_MS } from './keeper.ts';
import type { OutboxEntry, OutboxMessage } from './message.ts';
import { Pending } from './pending.ts';
import { Progress } from './progress.ts';
import { Rounds } from './rounds.ts';
import { TopicMemory } from './topic-memory.ts';

export interface OutboxOptions {
  /** Where messages wait; without it, in memory alone. */
  readonly folder?: string | undefined;
  /** On disk, at most; the oldest give way. */
  readonly maxBytes: number;
  /** Older ones are given up. */
  readonly maxAgeMs: number;
  /** How long messages are gathered before they are written and synced together. */
  readonly commitMs: number;
  readonly log: Log;
}

/** Who sends what is in the outbox. */
export interface OutboxListener {
  /** There is something to send. */
  readonly onPut: () => void;
  /** Numbers have changed: what was taken and not acknowledged will be given again. */
  readonly onReset: () => void;
}

/** What waits in memory while the disk does not take it: payloads and topics, in bytes. */
const MEMORY_BYTES = 4 << 20;
/** Synced without waiting for more. */
const GROUP_BYTES = 256 << 10;
/** How often it is written down what the broker has. */
const MARK_EVERY_MS = 1000;

/**
 * Messages between being made and the broker's acknowledgement, first in, first out.
 *
 * Every message begins in memory. Those that are still there when the group is committed go to the journal, and from
 * then on live on disk alone: memory does not grow however long the broker is away, and a message whose acknowledgement
 * comes first never touches the disk.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #rareLog: RareLog;
  readonly #keeper: JournalKeeper | undefined;
  /** Not on disk; all are newer than those on disk. */
  #pending = new Pending();
  /** The number of the newest message of each topic. */
  readonly #newest = new TopicMemory<number>();
  /** Each commits a group. */
  readonly #rounds = new Rounds(() => this.#commit());
  #progress: Progress;
  #nextSeq: number;
  #listener: OutboxListener | undefined;
  /** What the journal says that the broker has, and when that was written. */
  #markedBelow = 0;
  #markedAtMs = Number.NEGATIVE_INFINITY;
  /** Messages given up since the start: the disk's share was full, they were too old, memory was full, the disk lost them. */
  readonly dropped = { full: 0, old: 0, memory: 0, unreadable: 0 };
  /** Messages written to disk since the start. */
  journalled = 0;

  private constructor(options: OutboxOptions, keeper?: JournalKeeper, found?: FoundJournal) {
    this.#options = options;
    this.#rareLog = new RareLog(options.log);
    this.#keeper = keeper;
    for (const [topic, seq] of found?.newest ?? []) this.#newest.set(topic, seq);
    this.#markedBelow = found?.acknowledgedBelow ?? 0;
    this.#progress = new Progress(this.#markedBelow);
    this.#nextSeq = (found?.journal.lastSeq ?? -1) + 1;
  }

  /** @throws TinyError when another process has the folder */
  static async open(options: OutboxOptions): Promise<Outbox> {
    const { folder, maxBytes, maxAgeMs, log } = options;
    if (folder === undefined) return new Outbox(options);
    const { keeper, found } = await JournalKeeper.open({ folder, limits: { maxBytes, maxAgeMs }, log });
    const outbox = new Outbox(options, keeper, found);
    await outbox.trim();
    return outbox;
  }

  /** Whether what is put now will be on disk. */
  get isOnDisk(): boolean {
    return this.#keeper?.isWell === true;
  }

  /** Messages that the broker does not have. */
  get waiting(): number {
    return this.#pending.size + (this.#journal?.waiting ?? 0);
  }

  /** How long the oldest of them waits; 0 when there is none. What is on disk is older than what is not. */
  get oldestAgeMs(): number {
    return this.#journal?.oldestAgeMs ?? this.#pending.oldestAgeMs ?? 0;
  }

  /** On disk. */
  get bytes(): number {
    return this.#journal?.bytes ?? 0;
  }

  /** The number that the next message gets. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** One at a time. */
  listen(listener: OutboxListener): void {
    this.#listener = listener;
  }

  put(message: OutboxMessage): void {
    const entry = { seq: this.#nextSeq++, madeMs: Math.max(0, Date.now()), message };
    this.#pending.add(entry);
    this.#newest.set(message.topic, entry.seq);
    this.#limitMemory();
    this.#commitWithin(this.#pending.bytes > GROUP_BYTES ? 0 : this.#options.commitMs);
    this.#listener?.onPut();
  }

  /** Messages to be sent next, oldest first: some of them, none when there are none. */
  async next(): Promise<readonly OutboxEntry[]> {
    for (let journal = this.#journal; journal; journal = this.#journal) {
      if (!journal.hasUnread || journal.lastSeq <= this.#progress.cursor) break;
      const due = (await this.#read(journal)).filter(({ seq }) => this.isDue(seq));
      if (due.length > 0) return due;
    }
    return [...this.#pending].filter(({ seq }) => this.isDue(seq));
  }

  /** Whether a message that `next` gave is still to be sent. */
  isDue(seq: number): boolean {
    return this.#progress.isDue(seq);
  }

  sent(seq: number): void {
    this.#progress.sent(seq);
  }

  /** The broker has it, or will never take it. */
  settled(seq: number): void {
    this.#progress.settled(seq);
    if (!this.#pending.remove(seq)) this.#journal?.acknowledge(seq);
    if (this.bytes > 0) this.#commitWithin(MARK_EVERY_MS);
  }

  /** A new connection: what was sent and not acknowledged is given again. */
  rewind(): void {
    this.#progress.beginAgain();
    this.#journal?.rewind();
  }

  /** Whether no newer message of its topic has been put. */
  isNewest({ seq, message }: OutboxEntry): boolean {
    return this.#newest.get(message.topic) === seq;
  }

  /** Nothing that waits now is the newest of its topic: somebody else speaks there. */
  forget(topic: string): void {
    this.#newest.delete(topic);
  }

  /** Give up what is beyond the limits. Also done after every commit. */
  async trim(): Promise<void> {
    const trimmed = await this.#journal?.trim();
    if (trimmed === undefined || trimmed.lastSeq === -1) return;
    this.#progress.gaveUp(trimmed.lastSeq);
    this.dropped.full += trimmed.full;
    this.dropped.old += trimmed.old;
    if (trimmed.full > 0)
      this.#tellDropped('full', trimmed.full, 'the outbox is full (outbox.maxMb; --max-mb of a bridge)');
    if (trimmed.old > 0)
      this.#tellDropped('old', trimmed.old, 'they are too old (outbox.maxAgeH; --max-age-h of a bridge)');
  }

  /** What waits is on disk when this resolves, if the disk takes it. */
  async close(): Promise<void> {
    await this.#rounds.stop();
    this.#markedAtMs = Number.NEGATIVE_INFINITY;
    await this.#commit();
    const lost = this.#pending.size;
    if (lost > 0) this.#options.log.warn(`${lost} messages were not sent, and are lost`);
    await this.#journal?.close();
  }

  get #journal(): Journal | undefined {
    return this.#keeper?.journal;
  }

  #commitWithin(delayMs: number): void {
    if (this.#keeper !== undefined) this.#rounds.within(this.isOnDisk ? delayMs : RETRY_MS);
  }

  /** One group: written, synced, and gone from memory. */
  async #commit(): Promise<void> {
    const keeper = this.#keeper;
    if (keeper === undefined) return;
    if (this.#journal === undefined) {
      const found = await keeper.openLate();
      if (found !== undefined) this.#adopt(found);
    }
    const group = [...this.#pending];
    if (group.length > 0 && (await keeper.append(group))) {
      this.journalled += group.length;
      // Acknowledged in the meantime.
      for (const { seq } of group) if (!this.#pending.remove(seq)) this.#journal!.acknowledge(seq);
    }
    await this.#mark(keeper);
    await this.trim();
    if (this.#pending.size > 0) this.#commitWithin(this.#options.commitMs);
  }

  async #mark(keeper: JournalKeeper): Promise<void> {
    const below = this.#progress.acknowledgedBelow;
    if (below === this.#markedBelow || this.bytes === 0) return;
    const waitMs = this.#markedAtMs + MARK_EVERY_MS - performance.now();
    if (waitMs > 0) {
      this.#commitWithin(waitMs);
      return;
    }
    this.#markedAtMs = performance.now();
    if (await keeper.mark(below)) this.#markedBelow = below;
  }

  /** A journal that could be opened only now may hold messages from before: these come first. */
  #adopt({ journal, newest, acknowledgedBelow }: FoundJournal): void {
    if (journal.lastSeq === -1) return;
    const pending = this.#pending;
    this.#pending = new Pending();
    this.#markedBelow = acknowledgedBelow;
    this.#progress = new Progress(acknowledgedBelow);
    for (const [topic, seq] of newest)
      if (this.#newest.get(topic) === undefined) this.#newest.set(topic, seq);
    this.#nextSeq = journal.lastSeq + 1;
    for (const entry of pending) {
      const isNewest = this.isNewest(entry);
      const renumbered = { ...entry, seq: this.#nextSeq++ };
      this.#pending.add(renumbered);
      if (isNewest) this.#newest.set(entry.message.topic, renumbered.seq);
    }
    this.#listener?.onReset();
  }

  async #read(journal: Journal): Promise<readonly OutboxEntry[]> {
    try {
      return await journal.read();
    } catch (error) {
      if (!(error instanceof LostSegment)) throw error;
      this.#progress.gaveUp(error.lastSeq);
      this.dropped.unreadable += error.waiting;
      this.#tellDropped('unreadable', error.waiting, `the disk does not give them back: ${error.message}`);
      return [];
    }
  }

  #limitMemory(): void {
    const given = this.#pending.limit(MEMORY_BYTES);
    if (given.length === 0) return;
    for (const seq of given) this.#progress.settled(seq);
    this.dropped.memory += given.length;
    this.#tellDropped('memory', given.length, 'too many wait in memory');
  }

  #tellDropped(kind: string, count: number, why: string): void {
    this.#rareLog.warn(kind, `messages that the broker does not have were given up: ${why}`, { count });
  }
}
