import type { Subscription } from 'rxjs';
import type { OutboxHealth } from '../../protocols/topics.ts';
import type { Log } from '../log.ts';
import type { MqttLink } from '../mqtt/client.ts';
import { isNeverTaken, refusedPublish } from '../mqtt/refused-publish.ts';
import { RareLog } from '../rare-log.ts';
import { within } from '../within.ts';
import { latePayload, type OutboxEntry, type OutboxMessage } from './message.ts';
import type { Outbox } from './outbox.ts';
import { TopicMemory } from './topic-memory.ts';

type Link = Pick<MqttLink, 'send' | 'connected' | 'connected$'>;

/** Sent and not acknowledged, at most. */
const WINDOW = 16;
/** A message that waited longer on a living connection, because the broker is slow, is late too. */
const LATE_AFTER_MS = 10_000;
/** What waits is worth some of a person's patience at Ctrl-C. Nothing waits when all is sent. */
const DRAIN_MS = 15_000;
/** A broker that is busy is asked again after this long. */
const BUSY_MS = 1000;

/**
 * Sends what is in the outbox while there is a connection, in order, a bounded number at a time.
 *
 * A message is late, and says so, when it was not made on the connection on which it goes. MQTT.js is never trusted with
 * one across a reconnect: it forgets messages whose connection drops while it repeats them (#2015).
 */
export class Delivery {
  readonly #outbox: Outbox;
  readonly #link: Link;
  readonly #rareLog: RareLog;
  readonly #connection: Subscription;
  /** What the broker is to retain, as it was last acknowledged. */
  readonly #held = new TopicMemory<OutboxEntry>();
  #ready: OutboxEntry[] = [];
  /** Grows when what was sent no longer counts. */
  #turn = 0;
  #inFlight = 0;
  /** Messages with a lower number were made before this connection. */
  #firstOfConnection = 0;
  /** There is a connection, and its broker is not busy. */
  #isOpen = false;
  #isPumping = false;
  #hasMore = false;
  #onSettled: (() => void) | undefined;
  /** Since the start: acknowledged by the broker; of these, late; never taken by it. */
  delivered = 0;
  replayed = 0;
  refused = 0;

  constructor(outbox: Outbox, link: Link, log: Log) {
    this.#outbox = outbox;
    this.#link = link;
    this.#rareLog = new RareLog(log);
    outbox.listen({ onPut: () => void this.#pump(), onReset: () => this.#begin() });
    this.#connection = link.connected$.subscribe((connected) => {
      if (connected) {
        this.#begin();
        this.#sayAgain();
      } else {
        this.#pause();
        this.#onSettled?.();
      }
    });
  }

  put(message: OutboxMessage): void {
    this.#outbox.put(message);
  }

  /** Another agent speaks on this topic from now on: what waits is still delivered, and retained no more. */
  forget(topic: string): void {
    this.#held.delete(topic);
    this.#outbox.forget(topic);
  }

  health(): OutboxHealth {
    const { isOnDisk, waiting, bytes, journalled, dropped } = this.#outbox;
    return {
      place: isOnDisk ? 'disk' : 'memory',
      waiting,
      bytes,
      journalled,
      delivered: this.delivered,
      replayed: this.replayed,
      dropped: { ...dropped, refused: this.refused },
    };
  }

  /** How long the oldest message waits that the broker does not have; 0 when none does. */
  get oldestAgeMs(): number {
    return this.#outbox.oldestAgeMs;
  }

  /** Waits until the broker has everything, unless it is away and the disk keeps what waits. */
  async stop(): Promise<void> {
    await within(
      DRAIN_MS,
      new Promise<void>((resolve) => {
        this.#onSettled = () => {
          const canWait = this.#outbox.isOnDisk && !this.#link.connected;
          if (this.#outbox.waiting === 0 || canWait) resolve();
        };
        this.#onSettled();
      }),
    );
    this.#connection.unsubscribe();
    this.#pause();
  }

  #pause(): void {
    this.#turn++;
    this.#isOpen = false;
  }

  /** Send from the oldest that was not acknowledged on. */
  #begin(): void {
    this.#turn++;
    this.#isOpen = this.#link.connected;
    this.#inFlight = 0;
    this.#ready = [];
    this.#firstOfConnection = this.#outbox.nextSeq;
    this.#outbox.rewind();
    void this.#pump();
  }

  /** The broker may have lost what it retained: where nothing newer waits, say again what it had. */
  #sayAgain(): void {
    for (const [topic, entry] of this.#held) {
      if (!this.#outbox.isNewest(entry)) continue;
      // If this connection is lost too, the next one says it again.
      this.#link.send({ topic, payload: latePayload(entry.message), retain: true }).catch(() => {});
    }
  }

  async #pump(): Promise<void> {
    this.#hasMore = true;
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#hasMore) {
        this.#hasMore = false;
        await this.#sendReady();
      }
    } finally {
      this.#isPumping = false;
    }
  }

  async #sendReady(): Promise<void> {
    while (this.#isOpen && this.#inFlight < WINDOW) {
      if (this.#ready.length === 0) {
        const turn = this.#turn;
        const next = await this.#outbox.next();
        if (turn !== this.#turn) {
          // Read for a connection that is lost: to be read again.
          this.#outbox.rewind();
          continue;
        }
        if (next.length === 0) break;
        this.#ready = [...next];
      }
      const entry = this.#ready.shift()!;
      if (this.#outbox.isDue(entry.seq)) void this.#send(entry);
    }
  }

  async #send(entry: OutboxEntry): Promise<void> {
    const { seq, madeMs, message } = entry;
    const turn = this.#turn;
    this.#outbox.sent(seq);
    this.#inFlight++;
    const late = seq < this.#firstOfConnection || Date.now() - madeMs > LATE_AFTER_MS;
    const payload = late ? latePayload(message) : message.payload;
    const retain = message.retain === 'newest' && this.#outbox.isNewest(entry);
    try {
      await this.#link.send({ topic: message.topic, payload, retain });
      if (turn !== this.#turn) return;
      this.delivered++;
      if (late) this.replayed++;
      if (retain && this.#outbox.isNewest(entry)) this.#held.set(message.topic, entry);
      this.#outbox.settled(seq);
    } catch (error) {
      if (turn === this.#turn) this.#failed(entry, error as Error);
    } finally {
      if (turn === this.#turn) {
        this.#inFlight--;
        this.#onSettled?.();
        void this.#pump();
      }
    }
  }

  #failed({ seq, message }: OutboxEntry, error: Error): void {
    // The connection is lost: the next one sends it again.
    if (!this.#link.connected) return;
    if (isNeverTaken(error)) {
      this.refused++;
      this.#outbox.settled(seq);
      this.#rareLog.warn('refused', refusedPublish(message.topic, error));
      return;
    }
    this.#pause();
    const turn = this.#turn;
    setTimeout(() => {
      if (turn === this.#turn) this.#begin();
    }, BUSY_MS).unref();
  }
}
