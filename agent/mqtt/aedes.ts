import type { EventEmitter } from 'node:events';
import { Aedes, type AedesPublishPacket, type Client } from 'aedes';
import type { Gatekeeper } from './gatekeeper.ts';
import type { KeptState } from './kept-state.ts';

export interface AedesParts {
  readonly gatekeeper: Gatekeeper;
  /** Restored already. */
  readonly kept: KeptState;
  /** Wills that an earlier run left. */
  readonly wills: readonly AedesPublishPacket[];
  /** Told of what goes wrong with a client, or with the broker itself. */
  readonly failed: (error: Error, client: string) => void;
}

/** The deepest topic of the contract has six levels. */
const MAX_TOPIC_LEVELS = 12;
/** MQTT's own: a user's name stands before the id that a client chose. */
const MAX_CLIENT_ID_LENGTH = 65_535;
/** A client that says nothing for longer is taken for gone. 0, "never", is refused: its will would never be sent. */
const MAX_KEEPALIVE_S = 3600;
const DRAIN_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** aedes with our rules, our memory and our limits; nobody is connected yet. */
export async function openAedes({ gatekeeper, kept, wills, failed }: AedesParts): Promise<Aedes> {
  const aedes = await Aedes.createBroker({
    id: kept.runId,
    persistence: kept,
    maxTopicLevels: MAX_TOPIC_LEVELS,
    maxClientsIdLength: MAX_CLIENT_ID_LENGTH,
    keepaliveLimit: MAX_KEEPALIVE_S,
    drainTimeout: DRAIN_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...gatekeeper.handlers,
  });
  aedes.on('client', (client) => kept.present(client));
  aedes.on('clientDisconnect', (client) => kept.absent(client));
  aedes.on('unsubscribe', (filters, client) => gatekeeper.unsubscribed(client, filters));
  aedes.on('clientError', (client, error) => failed(error, client.id));
  aedes.on('connectionError', (client: Client, error) => failed(error, gatekeeper.addressOf(client)));
  // What aedes does by itself now and then. Without a listener it would end the process.
  (aedes as EventEmitter).on('error', (error: Error) => failed(error, 'the broker itself'));
  for (const { topic, payload, qos, retain } of wills) {
    aedes.publish({ cmd: 'publish', dup: false, topic, payload, qos, retain }, () => {});
  }
  return aedes;
}
