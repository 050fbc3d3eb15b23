import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import type { AedesPublishPacket, Client, Subscription } from 'aedes';
import type MemoryPersistence from 'aedes-persistence/types/asyncPersistence.js';
import type { DiskStore } from './disk-store.ts';
import { encodePacket, payloadOf } from './kept-packet.ts';
import { type Left, readLeft } from './left-behind.ts';
import { Session } from './session.ts';

// The class lies where TypeScript does not find its types.
const Memory = createRequire(import.meta.url)(
  'aedes-persistence/asyncPersistence.js',
) as typeof MemoryPersistence;

type Packet = Parameters<MemoryPersistence['storeRetained']>[0];
type ClientId = Pick<Client, 'id'>;

export interface KeptLimits {
  /** Retained messages, each on a topic of its own, and their payload. */
  readonly maxRetained: number;
  readonly maxRetainedBytes: number;
  /** Of clients that are away; the one that has been away for longest goes first. */
  readonly maxSessions: number;
  readonly maxAbsenceMs: number;
  /** What a session may leave unread. Later messages are not kept for it. */
  readonly maxUnreadMessages: number;
  /** Payload that all sessions together may leave unread. */
  readonly maxUnreadBytes: number;
}

const DEFAULTS: KeptLimits = {
  maxRetained: 10_000,
  maxRetainedBytes: 64 * 1024 * 1024,
  maxSessions: 50,
  maxAbsenceMs: 7 * 86_400_000,
  maxUnreadMessages: 1000,
  maxUnreadBytes: 32 * 1024 * 1024,
};

/**
 * What the embedded broker remembers: retained messages, wills, and what a client with a session (`clean: false`) has
 * not read yet. It is served from memory and written behind it to disk, so that a full disk or a slow one holds up
 * nobody; all of it has a bound.
 */
export class KeptState extends Memory {
  readonly #disk: DiskStore | undefined;
  readonly #limits: KeptLimits;
  readonly #nowMs: () => number;
  /** Payload bytes by topic. */
  readonly #retained = new Map<string, number>();
  #retainedBytes = 0;
  readonly #sessions = new Map<string, Session>();
  #unreadBytes = 0;
  /** Names this run in what is kept: later than those of all runs before, whatever the clock says. */
  runId: string;
  /** Messages that were not kept because a limit was reached. */
  readonly passedOver = { retained: 0, unread: 0 };

  constructor(disk?: DiskStore, limits: Partial<KeptLimits> = {}, nowMs: () => number = Date.now) {
    super();
    this.#disk = disk;
    this.#limits = { ...DEFAULTS, ...limits };
    this.#nowMs = nowMs;
    this.runId = runIdAfter(0, nowMs());
  }

  /**
   * Take up what an earlier run left.
   *
   * @returns the wills of clients that were connected when it ended: they are to be published now
   */
  async restore(): Promise<readonly AedesPublishPacket[]> {
    if (this.#disk === undefined) return [];
    const left: Left = readLeft(await this.#disk.entries());
    for (const packet of left.retained) {
      this.#countRetained(packet.topic, packet.payload.length);
      await super.storeRetained(packet as Packet);
    }
    for (const [id, subscriptions] of left.subscriptions) {
      this.#sessions.set(id, new Session(this.#nowMs()));
      for (const { topic } of subscriptions) this.#sessions.get(id)!.topics.add(topic);
      await super.addSubscriptions({ id } as Client, subscriptions);
    }
    this.runId = runIdAfter(left.lastRunMs, this.#nowMs());
    for (const { clientId, packet } of left.unread) await this.#keepUnread(clientId, packet as Packet);
    for (const key of left.useless) this.#disk.delete(key);
    return left.wills;
  }

  override async storeRetained(packet: Packet): Promise<void> {
    const { topic, payload } = packet as AedesPublishPacket;
    const key = `retained:${topic}`;
    if (payload.length > 0 && this.#isFull(topic, payload.length)) {
      this.passedOver.retained++;
      return;
    }
    this.#countRetained(topic, payload.length);
    if (payload.length === 0) this.#disk?.delete(key);
    else this.#disk?.put(key, encodePacket(packet as AedesPublishPacket));
    await super.storeRetained(packet);
  }

  override async addSubscriptions(client: Client, subscriptions: Subscription[]): Promise<void> {
    const session = this.#sessions.get(client.id) ?? new Session();
    session.absentSinceMs = undefined;
    this.#sessions.set(client.id, session);
    for (const { topic, qos } of subscriptions) {
      session.topics.add(topic);
      this.#disk?.put(subscriptionKey(client.id, topic), JSON.stringify({ qos }));
    }
    await super.addSubscriptions(client, subscriptions);
    await this.#endOldSessions();
  }

  override async removeSubscriptions(client: Client, topics: string[]): Promise<void> {
    const session = this.#sessions.get(client.id);
    for (const topic of topics) {
      if (session?.topics.delete(topic)) this.#disk?.delete(subscriptionKey(client.id, topic));
    }
    await super.removeSubscriptions(client, topics);
  }

  /** Ends a session: with its subscriptions go the messages that wait for it. */
  override async cleanSubscriptions(client: Client): Promise<void> {
    const session = this.#sessions.get(client.id);
    if (session !== undefined) {
      this.#sessions.delete(client.id);
      this.#unreadBytes -= session.bytes;
      for (const topic of session.topics) this.#disk?.delete(subscriptionKey(client.id, topic));
      for (const key of session.keys) this.#disk?.delete(key);
      for await (const packet of this.outgoingStream(client)) {
        await super.outgoingClearMessageId(client, packet as Packet);
      }
    }
    await super.cleanSubscriptions(client);
  }

  /** A session's client is there. */
  present({ id }: ClientId): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) session.absentSinceMs = undefined;
  }

  /** A session's client has gone. */
  absent({ id }: ClientId): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) session.absentSinceMs = this.#nowMs();
  }

  override async outgoingEnqueue({ clientId }: { clientId: string }, packet: Packet): Promise<void> {
    const session = this.#sessions.get(clientId);
    const bytes = payloadOf(packet as AedesPublishPacket).length;
    const { maxUnreadBytes, maxUnreadMessages } = this.#limits;
    if (session === undefined) return;
    if (session.messages >= maxUnreadMessages || this.#unreadBytes + bytes > maxUnreadBytes) {
      this.passedOver.unread++;
      return;
    }
    this.#disk?.put(unreadKey(clientId, packet), encodePacket(packet as AedesPublishPacket));
    await this.#keepUnread(clientId, packet);
  }

  override async outgoingEnqueueCombi(sessions: { clientId: string }[], packet: Packet): Promise<void> {
    for (const session of sessions) await this.outgoingEnqueue(session, packet);
  }

  override async outgoingUpdate(client: Client, packet: Packet): Promise<void> {
    const { messageId } = packet as AedesPublishPacket;
    if (packet.brokerId && messageId !== undefined) {
      this.#sessions.get(client.id)?.sentAs(messageId, unreadKey(client.id, packet));
    }
    // A message over a limit was not kept, and is no less sent.
    await super.outgoingUpdate(client, packet).catch(() => {});
  }

  override async outgoingClearMessageId(client: Client, packet: Packet): Promise<Packet> {
    const read = this.#sessions.get(client.id)?.acknowledged((packet as AedesPublishPacket).messageId ?? -1);
    if (read !== undefined) {
      this.#unreadBytes -= read.bytes;
      this.#disk?.delete(read.key);
    }
    return super.outgoingClearMessageId(client, packet);
  }

  override async putWill(client: Client, will: Packet): Promise<void> {
    this.#disk?.put(willKey(client), encodePacket(will as AedesPublishPacket));
    await super.putWill(client, will);
  }

  override async delWill(client: Client): ReturnType<MemoryPersistence['delWill']> {
    this.#disk?.delete(willKey(client));
    return super.delWill(client);
  }

  #isFull(topic: string, bytes: number): boolean {
    const before = this.#retained.get(topic);
    const isNewOneTooMany = before === undefined && this.#retained.size >= this.#limits.maxRetained;
    return isNewOneTooMany || this.#retainedBytes - (before ?? 0) + bytes > this.#limits.maxRetainedBytes;
  }

  #countRetained(topic: string, bytes: number): void {
    this.#retainedBytes += bytes - (this.#retained.get(topic) ?? 0);
    if (bytes === 0) this.#retained.delete(topic);
    else this.#retained.set(topic, bytes);
  }

  /**
   * The wills of other brokers that are gone. There is one broker here, and it knows whose wills are due; aedes would
   * take itself for gone, and all its clients, when the clock jumps.
   */
  override streamWill(): Readable {
    return Readable.from([]);
  }

  async #keepUnread(clientId: string, packet: Packet): Promise<void> {
    const bytes = payloadOf(packet as AedesPublishPacket).length;
    this.#sessions.get(clientId)?.add(unreadKey(clientId, packet), bytes);
    this.#unreadBytes += bytes;
    await super.outgoingEnqueue({ clientId }, packet);
  }

  async #endOldSessions(): Promise<void> {
    const { maxAbsenceMs, maxSessions } = this.#limits;
    const now = this.#nowMs();
    const absent = [...this.#sessions].flatMap(([id, { absentSinceMs }]) =>
      absentSinceMs === undefined ? [] : [{ id, absentMs: now - absentSinceMs }],
    );
    absent.sort((a, b) => b.absentMs - a.absentMs);
    const tooMany = absent.length - maxSessions;
    for (const [i, { id, absentMs }] of absent.entries()) {
      if (i < tooMany || absentMs > maxAbsenceMs) await this.cleanSubscriptions({ id } as Client);
    }
  }
}

const runIdAfter = (lastRunMs: number, nowMs: number): string =>
  `${Math.max(lastRunMs + 1, nowMs)}-${randomUUID()}`;

const subscriptionKey = (clientId: string, topic: string): string =>
  `subscription:${encodeURIComponent(clientId)}:${topic}`;

/** In the order in which the messages came: the broker's id tells its runs apart, its counter the messages of one. */
const unreadKey = (clientId: string, { brokerId, brokerCounter }: Packet): string =>
  `unread:${encodeURIComponent(clientId)}:${brokerId}:${String(brokerCounter).padStart(16, '0')}`;

const willKey = ({ id }: ClientId): string => `will:${encodeURIComponent(id)}`;
