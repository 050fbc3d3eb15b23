import { MAX_PAYLOAD_BYTES } from '../../protocols/reading.ts';
import type { Topics } from '../../protocols/topics.ts';
import type { BrokerUser } from '../config/broker-users.ts';
import { type Log, silentLog } from '../log.ts';
import { RareLog } from '../rare-log.ts';
import { accessRules } from './access.ts';
import { openAedes } from './aedes.ts';
import type { BrokerRefusal, BrokerRefusals } from './broker-counts.ts';
import { type KeyPair, readKeyPair } from './certificate.ts';
import { reasonOf } from './connect-trouble.ts';
import type { Credentials } from './credentials.ts';
import { DiskStore } from './disk-store.ts';
import { Gatekeeper, Refused } from './gatekeeper.ts';
import { KeptState } from './kept-state.ts';
import { type Door, Listeners, type Serve } from './listeners.ts';
import { type CertificateInUse, LiveCertificate } from './live-certificate.ts';
import { PacketLimit } from './packet-limit.ts';
import { MAX_BACKLOG_BYTES } from './slow-readers.ts';

export interface BrokerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly websocketPort?: number | undefined;
  /** Further doors; `cert` and `key` are paths of PEM files. */
  readonly tls?:
    | {
        readonly cert: string;
        readonly key: string;
        readonly host: string;
        readonly port: number;
        readonly websocketPort?: number | undefined;
      }
    | undefined;
  /** Besides `agent`, `board` and `viewer`. */
  readonly users?: Readonly<Record<string, BrokerUser>> | undefined;
  readonly maxClients?: number | undefined;
  /** The folder of what outlives a restart. In memory alone when absent. */
  readonly keepIn?: string | undefined;
  readonly credentials: Credentials;
  readonly topics: Topics;
  readonly log?: Log;
}

/** The MQTT 3.1.1 broker inside the agent. */
export interface Broker {
  readonly port: number;
  readonly websocketPort: number | undefined;
  readonly tlsPort: number | undefined;
  readonly tlsWebsocketPort: number | undefined;
  /** Of the doors with TLS; absent where there are none. */
  readonly certificate: CertificateInUse | undefined;
  /** Of its users. */
  readonly credentials: Credentials;
  /** Connected now. */
  readonly clients: number;
  /** How often a client was not allowed something, by what. */
  readonly refused: BrokerRefusals;
  /** Messages that were passed on but not kept: too much is retained or unread already. */
  readonly notKept: number;
  /** Disconnects everybody and gives the ports back. */
  stop(): Promise<void>;
}

/** Where the configuration names its certificate. */
const TLS_SECTION = 'broker.embedded.tls';
/** A payload, its topic and the packet's own few bytes. */
const MAX_PACKET_BYTES = MAX_PAYLOAD_BYTES + 1024;
const MAX_CLIENTS = 1000;
/** Connections, beyond those of clients, that have not logged in yet. */
const SPARE_CONNECTIONS = 200;
/** Of a client id or a topic, both of which may have 64 KB, in the log. */
const SHOWN_CHARACTERS = 200;

/**
 * Start a broker that knows one site.
 *
 * @throws TinyError when a port is taken, or a certificate is no good (exit 78)
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { credentials, topics, maxClients = MAX_CLIENTS } = options;
  const log = options.log ?? silentLog;
  const certificate = await openCertificate(options, log);
  const doors = doorsOf(options, certificate?.now);
  const refused: Partial<Record<BrokerRefusal, number>> = {};
  const note = noteIn(refused, new RareLog(log));

  const disk = options.keepIn === undefined ? undefined : await DiskStore.open(options.keepIn, log);
  const kept = new KeptState(disk);
  const wills = await kept.restore();
  const gatekeeper = new Gatekeeper({
    credentials,
    rules: accessRules(topics, options.users),
    maxClients,
    clients: () => aedes.connectedClients,
    isReadings: (topic) => topics.boardOfReadings(topic) !== undefined,
    refused: (client, error) => note(error, client.id),
  });
  const aedes = await openAedes({ gatekeeper, kept, wills, failed: note });
  const serve: Serve = (stream, address) => {
    gatekeeper.met(stream, address);
    aedes.handle(stream);
    const limit = new PacketLimit(MAX_PACKET_BYTES);
    // After aedes has begun to read with `readable`, so that this listener only looks on.
    stream.on('data', (chunk: Buffer) => {
      if (limit.admits(chunk)) return;
      const message = `closed a connection that announced a packet of over ${MAX_PACKET_BYTES} bytes`;
      note(new Refused('protocol', message), address);
      stream.destroy();
    });
  };
  const listeners = new Listeners(
    {
      maxConnections: maxClients + SPARE_CONNECTIONS,
      maxPacketBytes: MAX_PACKET_BYTES,
      // The message that brings a reader behind may be a whole packet: no writer waits for that one either.
      backlogBytes: MAX_BACKLOG_BYTES + 2 * MAX_PACKET_BYTES,
    },
    serve,
  );
  certificate?.onRenewed((keyPair) => listeners.renew(keyPair));
  const unwatch = certificate?.watch();
  const stop = async (): Promise<void> => {
    unwatch?.();
    gatekeeper.stop();
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await listeners.close();
    await disk?.close();
  };
  try {
    const [port, websocketPort, tlsPort, tlsWebsocketPort] = await openAll(listeners, doors);
    const ports = { port: port!, websocketPort, tlsPort, tlsWebsocketPort };
    return {
      ...ports,
      certificate,
      credentials,
      get clients() {
        return aedes.connectedClients;
      },
      get refused() {
        return refused;
      },
      get notKept() {
        return kept.passedOver.retained + kept.passedOver.unread;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openCertificate(
  { tls }: BrokerOptions,
  log: Log,
): Promise<LiveCertificate<KeyPair> | undefined> {
  if (tls === undefined) return undefined;
  const names = { cert: `${TLS_SECTION}.cert`, key: `${TLS_SECTION}.key` };
  const read = (telling: Log) => readKeyPair({ ...tls, names }, telling);
  return LiveCertificate.open({ name: TLS_SECTION, read, log });
}

/** MQTT, WebSocket, and both with TLS; undefined for those that are not wanted. */
function doorsOf(options: BrokerOptions, keyPair: KeyPair | undefined): (Door | undefined)[] {
  const { tls } = options;
  const door = (over: Door['over'], at: Pick<Door, 'host' | 'key' | 'keyPair'>, port: number | undefined) =>
    port === undefined ? undefined : { over, ...at, port };
  const plain = (key: string) => ({ host: options.host, key: `broker.embedded.${key}` });
  const secure = (key: string) => ({
    host: tls?.host ?? options.host,
    key: `${TLS_SECTION}.${key}`,
    keyPair,
  });
  return [
    door('tcp', plain('port'), options.port),
    door('websocket', plain('websocketPort'), options.websocketPort),
    door('tcp', secure('port'), tls?.port),
    door('websocket', secure('websocketPort'), tls?.websocketPort),
  ];
}

async function openAll(
  listeners: Listeners,
  doors: readonly (Door | undefined)[],
): Promise<(number | undefined)[]> {
  const ports: (number | undefined)[] = [];
  for (const door of doors) ports.push(door && (await listeners.open(door)));
  return ports;
}

/** Counts what went wrong with a client, and says so, rarely. */
const noteIn =
  (refused: Partial<Record<BrokerRefusal, number>>, log: RareLog) =>
  (error: Error, client: string): void => {
    const refusal = refusalIn(error);
    if (refusal !== undefined) refused[refusal] = (refused[refusal] ?? 0) + 1;
    const cause = shown(clientTrouble(error));
    log.warn(`client ${cause}`, `broker: ${cause}`, { client: shown(client) });
  };

/** How a client ends the handshake when it does not know who signed our certificate (RFC 8446, 6.2). */
const DISTRUST = /^ERR_SSL_.*ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN)$/;

function clientTrouble(error: Error): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  const reason = reasonOf(error);
  return DISTRUST.test(code)
    ? `${reason}; the client does not know who signed our certificate: give it the certificate of that authority`
    : reason;
}

function refusalIn(error: Error): BrokerRefusal | undefined {
  if (error instanceof Refused) return error.refusal;
  if (error.message === 'drain timeout') return 'slow';
  // The line broke, or the client fell silent: nothing was asked for that was not allowed.
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined || error.message === 'keep alive timeout' ? undefined : 'protocol';
}

const shown = (text: string): string =>
  text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}..` : text;
