import { join } from 'node:path';
import type { OutboxHealth } from '../../protocols/topics.ts';
import type { Log } from '../log.ts';
import { type BrokerFlags, connectAsBoard } from '../mqtt/broker-flags.ts';
import { Delivery } from '../outbox/delivery.ts';
import type { OutboxMessage } from '../outbox/message.ts';
import { Outbox } from '../outbox/outbox.ts';
import { Teardown } from '../teardown.ts';

/** Takes messages to a broker which is sometimes away; what waits outlives this process. */
export interface Forwarder {
  put(message: OutboxMessage): void;
  readonly connected: boolean;
  /** What waits, and what became of the rest since the start. */
  health(): OutboxHealth;
  /** Waits for the broker, for a moment, where it is there; what it does not get stays for the next start. */
  stop(): Promise<void>;
}

export interface ForwarderOptions {
  readonly broker: BrokerFlags;
  readonly site: string;
  /** The port that is forwarded, which tells bridges of one machine apart. */
  readonly port: string;
  readonly stateDir: string;
  /** On disk, at most; the oldest give way. */
  readonly maxBytes: number;
  /** Older messages are given up. */
  readonly maxAgeMs: number;
  readonly log: Log;
  /** Gives up starting. */
  readonly signal: AbortSignal;
}

/** The board is heard whether the broker is there or not. */
const WITHOUT_BROKER_AFTER_MS = 3000;
/** Longer than a round trip in a house, so that the disk is written only when the broker is slow or away. */
const COMMIT_MS = 200;

/** Where the messages of a bridge wait. A site has no dot in its name. */
export const bridgeFolder = (stateDir: string, site: string, port: string): string =>
  join(stateDir, 'bridge', `${site}.${nameOf(port)}`);

/**
 * Open the outbox of a bridge, and connect.
 *
 * @returns undefined when `signal` came before that was done
 * @throws TinyError when the flags or their files are no good, the broker refuses the login, or another bridge of this port runs
 */
export async function openForwarder(options: ForwarderOptions): Promise<Forwarder | undefined> {
  const { broker, site, port, stateDir, maxBytes, maxAgeMs, log, signal } = options;
  const opened = new Teardown();
  try {
    const folder = bridgeFolder(stateDir, site, port);
    const opening = Outbox.open({ folder, maxBytes, maxAgeMs, commitMs: COMMIT_MS, log });
    const outbox = await opened.close(opening);
    const before = outbox.waiting;
    if (before > 0) log.info(`${before} messages of an earlier start wait in ${folder}`);
    const context = { log, signal, patienceMs: WITHOUT_BROKER_AFTER_MS };
    const link = await connectAsBoard(broker, `bridge-${nameOf(port)}`, context);
    if (link === undefined) {
      await opened.run();
      return undefined;
    }
    await opened.close(Promise.resolve(link));
    const delivery = await opened.stop(Promise.resolve(new Delivery(outbox, link, log)));
    return {
      put: (message) => delivery.put(message),
      get connected() {
        return link.connected;
      },
      health: () => delivery.health(),
      stop: async () => {
        await opened.run();
        const { waiting, place } = delivery.health();
        if (waiting > 0 && place === 'disk')
          log.warn(`${waiting} messages wait in ${folder} for the next start`);
      },
    };
  } catch (error) {
    await opened.run();
    throw error;
  }
}

/** `/dev/ttyACM0` is `ttyACM0`. */
const nameOf = (port: string): string => port.replace(/^\/dev\//, '').replaceAll(/[^A-Za-z0-9-]+/g, '-');
