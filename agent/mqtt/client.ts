import { connect, type MqttClient } from 'mqtt';
import { defer, distinctUntilChanged, fromEvent, map, merge, type Observable, startWith } from 'rxjs';
import { backoffMs } from '../../protocols/backoff.ts';
import { TinyError } from '../../protocols/errors.ts';
import { type Log, silentLog } from '../log.ts';
import { RareLog } from '../rare-log.ts';
import { within } from '../within.ts';
import { clientOptions, type MqttOptions, PROTOCOL_LEVEL } from './client-options.ts';
import { connectTrouble, isOtherVersion, isRefusedLogin, portFix } from './connect-trouble.ts';
import type { CertificateInUse } from './live-certificate.ts';
import { Outgoing, type OutgoingMessage } from './outgoing.ts';
import { isNeverTaken, refusedPublish } from './refused-publish.ts';
import { SendSlots } from './send-slots.ts';
import { CONFIG_NAMES } from './setting-names.ts';
import { type MqttMessage, messages } from './subscription.ts';

export type { MqttOptions } from './client-options.ts';
export type { MqttMessage } from './subscription.ts';

/** A connection that comes back by itself. */
export interface MqttLink {
  /**
   * QoS 1, on this connection or not at all: resolves when the broker has it, rejects when the connection is lost before.
   * An error with a `code` is the broker's refusal of this message (MQTT 5).
   */
  send(message: OutgoingMessage): Promise<void>;
  /** QoS 1. Kept in order, and within a bound, in memory, while there is no connection. */
  publish(topic: string, payload: string | Buffer, options?: { readonly retain?: boolean }): void;
  /** Messages on the topics of a filter. Errors with a `TinyError` when the broker refuses the filter. */
  messages$(filter: string): Observable<MqttMessage>;
  readonly connected: boolean;
  /** The present state at once, then every change. */
  readonly connected$: Observable<boolean>;
  /** Connections that there have been, the present one included. */
  readonly connections: number;
  /** Messages lost because too many waited for a connection. */
  readonly overflowed: number;
  /** Of TLS; absent where nothing is known of it but what Node knows. */
  readonly certificate: CertificateInUse | undefined;
  /** Sends what waits, for up to five seconds, then disconnects in good order: the will is not published. */
  close(): Promise<void>;
}

/** What waits is worth some of a person's patience at Ctrl-C, and a few attempts to reconnect. Nothing waits when all is sent. */
const DRAIN_MS = 15_000;

/**
 * Connect to a broker (MQTT 5 or 3.1.1). Resolves at the first connection, or when its patience is at an end.
 *
 * @throws TinyError when the broker refuses the login
 * @throws the reason of `signal` when it is aborted before
 */
export async function connectMqtt(options: MqttOptions): Promise<MqttLink> {
  const { url, log = silentLog, signal } = options;
  signal?.throwIfAborted();
  const client = connect(url, clientOptions(options));
  spreadReconnects(client);
  if (options.protocol === undefined) speakOlder(client);
  const unwatch = renewCertificates(client, options.tls);
  const send = sender(client);
  const rareLog = new RareLog(log);
  const outgoing = new Outgoing((message) =>
    send(message).catch((error: Error) => {
      if (!isNeverTaken(error)) throw error;
      rareLog.warn('refused', refusedPublish(message.topic, error));
    }),
  );
  let connections = 0;
  client.on('connect', () => {
    connections++;
    outgoing.connected();
  });
  client.on('close', () => outgoing.disconnected());
  reportTrouble(client, options, log);
  await firstConnection(client, options).catch((error: unknown) => {
    unwatch();
    throw error;
  });

  const changes$ = merge(
    fromEvent(client, 'connect').pipe(map(() => true)),
    fromEvent(client, 'close').pipe(map(() => false)),
  );
  return {
    send,
    publish: (topic, payload, { retain = false } = {}) => outgoing.put({ topic, payload, retain }),
    messages$: (filter) => messages(client, filter),
    get connected() {
      return client.connected;
    },
    connected$: defer(() => changes$.pipe(startWith(client.connected), distinctUntilChanged())),
    get connections() {
      return connections;
    },
    get overflowed() {
      return outgoing.overflowed;
    },
    certificate: options.tls,
    close: async () => {
      unwatch();
      await within(DRAIN_MS, outgoing.drained());
      if (outgoing.size > 0) log.warn(`${outgoing.size} messages could not be sent to ${url}`);
      await client.endAsync(!client.connected || outgoing.size > 0);
    },
  };
}

/**
 * Publishes on the present connection. MQTT.js would keep what a lost connection leaves unacknowledged and repeat it on the
 * next one, unless that drops too early (#2015): it is made to forget it, and who sent it decides.
 */
function sender(client: MqttClient): (message: OutgoingMessage) => Promise<void> {
  const slots = new SendSlots();
  client.on('connect', ({ properties }) => slots.open(properties?.receiveMaximum));
  client.prependListener('close', () => {
    slots.close();
    for (const [id, { cmd }] of Object.entries(client.outgoing)) {
      if (cmd === 'publish') client.removeOutgoingMessage(Number(id));
    }
  });
  return async ({ topic, payload, retain }) => {
    const give = await slots.take();
    try {
      await client.publishAsync(topic, payload, { qos: 1, retain });
    } finally {
      give();
    }
  };
}

/** MQTT.js waits a fixed time between attempts. It reads that time anew when a connection closes, so we set it just before. */
function spreadReconnects(client: MqttClient): void {
  let attempt = 0;
  client.prependListener('close', () => {
    client.options.reconnectPeriod = backoffMs(attempt++);
  });
  client.on('connect', () => {
    attempt = 0;
  });
}

/** A certificate that is renewed on disk is that of the next connection. @returns an end to looking for it */
function renewCertificates(client: MqttClient, tls: MqttOptions['tls']): () => void {
  if (tls === undefined) return () => {};
  client.prependListener('close', () => {
    // MQTT.js reads its options anew for each attempt; those of WebSockets are a copy.
    Object.assign(client.options, tls.now);
    Object.assign(client.options.wsOptions ?? {}, tls.now);
    // That there is no connection may be because of it.
    void tls.check();
  });
  return tls.watch();
}

/** MQTT 3.1.1 from the next attempt on, when the broker does not know 5. */
function speakOlder(client: MqttClient): void {
  client.on('error', (error) => {
    if (!isOtherVersion(error)) return;
    client.options.protocolVersion = PROTOCOL_LEVEL['3.1.1'];
    delete client.options.properties;
  });
}

/** One line when the connection is lost or cannot be had, one when it is back. */
function reportTrouble(client: MqttClient, { url, names = CONFIG_NAMES }: MqttOptions, log: Log): void {
  let inTrouble = false;
  let wasConnected = false;
  let speaksOtherVersion = false;
  const trouble = (message: string): void => {
    if (!inTrouble && !client.disconnecting) log.warn(`${message}; trying again until it works`);
    inTrouble = true;
  };
  client.on('error', (error) => {
    speaksOtherVersion = isOtherVersion(error);
    if (isRefusedLogin(error)) trouble(`the broker ${url} refuses our login: ${error.message}`);
    else if (!speaksOtherVersion)
      trouble(`the broker ${url} cannot be reached: ${connectTrouble(error, url, names)}`);
  });
  client.on('offline', () => {
    if (wasConnected) trouble(`lost the connection to ${url}`);
    else if (!speaksOtherVersion) trouble(`the broker ${url} hung up at once; ${portFix(url, names)}`);
  });
  client.on('connect', () => {
    if (inTrouble) log.info(`connected to ${url}`);
    inTrouble = false;
    wasConnected = true;
  });
}

async function firstConnection(client: MqttClient, options: MqttOptions): Promise<void> {
  const { signal, patienceMs } = options;
  const giveUp = new AbortController();
  let patience: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      if (patienceMs !== undefined) patience = setTimeout(resolve, patienceMs);
      client.on('error', (error) => {
        if (isRefusedLogin(error)) reject(refusedLogin(options, error));
      });
      signal?.addEventListener('abort', () => reject(signal.reason), { signal: giveUp.signal });
    });
  } catch (error) {
    await client.endAsync(true);
    throw error;
  } finally {
    giveUp.abort();
    clearTimeout(patience);
  }
}

const refusedLogin = ({ url, names = CONFIG_NAMES }: MqttOptions, cause: Error): TinyError =>
  new TinyError(
    `the broker ${url} refuses our login: ${cause.message}`,
    `check ${names.login}, and that this user exists in the broker`,
    { cause },
  );
