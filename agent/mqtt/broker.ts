import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { MAX_PAYLOAD_BYTES } from '../../protocols/reading.ts';
import type { Topics } from '../../protocols/topics.ts';
import { listen } from '../listen.ts';
import { type Log, silentLog } from '../log.ts';
import { RareLog } from '../rare-log.ts';
import { accessRules, userOf } from './access.ts';
import { Connections } from './connections.ts';
import type { Credentials, User } from './credentials.ts';
import { PacketLimit } from './packet-limit.ts';

export interface BrokerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly websocketPort?: number | undefined;
  readonly credentials: Credentials;
  readonly topics: Topics;
  readonly log?: Log;
}

/** The MQTT 3.1.1 broker inside the agent. */
export interface Broker {
  readonly port: number;
  readonly websocketPort: number | undefined;
  /** Of its users. */
  readonly credentials: Credentials;
  /** Disconnects everybody and gives the ports back. */
  stop(): Promise<void>;
}

/** A payload, its topic and the packet's own few bytes. */
const MAX_PACKET_BYTES = MAX_PAYLOAD_BYTES + 1024;
/** The deepest topic of the contract has six levels. */
const MAX_TOPIC_LEVELS = 12;
/** A client that says nothing for longer is taken for gone. 0, "never", is refused: its will would never be sent. */
const MAX_KEEPALIVE_S = 3600;
/** A reader that has stopped reading must not hold up the others (aedes #1060). */
const DRAIN_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** CONNACK return codes (MQTT 3.1.1, table 3.1). */
const IDENTIFIER_REJECTED = 2;
const BAD_USERNAME_OR_PASSWORD = 4;
/** Of a client id or a topic, both of which may have 64 KB, in the log. */
const SHOWN_CHARACTERS = 200;

/** Start a broker that knows one site and three users. Throws `TinyError` when a port is taken. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { host, credentials, topics } = options;
  const log = new RareLog(options.log ?? silentLog);
  const rules = accessRules(topics);
  const users = new WeakMap<Client, User>();
  const warn = ({ id }: Client, message: string): void => {
    const cause = shown(message);
    log.warn(`client ${cause}`, `broker: ${cause}`, { client: shown(id ?? 'unnamed') });
  };
  const aedes = await Aedes.createBroker({
    maxTopicLevels: MAX_TOPIC_LEVELS,
    keepaliveLimit: MAX_KEEPALIVE_S,
    drainTimeout: DRAIN_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // No session outlives its connection, whatever the client asks for: what is queued for a reader that never comes
    // back would fill the memory. CONNACK says so ("session present": 0); what holds is retained.
    preConnect: (_, packet, done) => {
      packet.clean = true;
      done(null, true);
    },
    authenticate: (client, username, password, done) => {
      const user = userOf(credentials, username, password);
      if (user === undefined) {
        done(refusal('refused a client with a wrong username or password', BAD_USERNAME_OR_PASSWORD), null);
        return;
      }
      if (!rules.mayConnect(user, client.id)) {
        done(
          refusal(`refused a ${user} with a client id that is kept for agents`, IDENTIFIER_REJECTED),
          null,
        );
        return;
      }
      users.set(client, user);
      done(null, true);
    },
    // MQTT 3.1.1 cannot refuse a single message: the connection is closed, so that the sender notices.
    authorizePublish: (client, { topic }, done) => {
      const user = client === null ? undefined : users.get(client);
      const refusal = user === undefined ? 'nobody may publish' : rules.publishRefusal(user, topic);
      done(refusal === undefined ? null : new Error(refusal));
    },
    authorizeSubscribe: (client, subscription, done) => {
      const user = users.get(client);
      const allowed = user !== undefined && rules.maySubscribe(user, subscription.topic);
      if (!allowed) {
        warn(client, `${user ?? 'nobody'} may not subscribe to ${subscription.topic}`);
      }
      done(null, allowed ? subscription : null);
    },
  });
  // Also what the handlers above refuse, but for subscriptions.
  aedes.on('clientError', (client, error) => warn(client, error.message));

  const serve = (stream: Duplex): void => {
    aedes.handle(stream);
    const limit = new PacketLimit(MAX_PACKET_BYTES);
    // After aedes has begun to read with `readable`, so that this listener only looks on.
    stream.on('data', (chunk: Buffer) => {
      if (limit.admits(chunk)) return;
      log.warn(
        'size',
        `broker: closed a connection that announced a packet of over ${MAX_PACKET_BYTES} bytes`,
      );
      stream.destroy();
    });
  };

  const server = createServer(serve);
  const web = createHttpServer(wantWebSocket);
  const connections = new Connections(server, web);
  const sockets = new WebSocketServer({ server: web, maxPayload: MAX_PACKET_BYTES });
  sockets.on('connection', (socket) => serve(createWebSocketStream(socket)));
  // Errors of `web` are reported by `listen`, and again here by ws.
  sockets.on('error', () => {});
  const stop = async (): Promise<void> => {
    for (const socket of sockets.clients) socket.terminate();
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await connections.close();
  };
  try {
    const port = await listen(server, {
      host,
      port: options.port,
      key: 'broker.embedded.port',
      whenTaken: 'if another broker has it, use that one with broker.url',
    });
    const websocketPort =
      options.websocketPort === undefined
        ? undefined
        : await listen(web, { host, port: options.websocketPort, key: 'broker.embedded.websocketPort' });
    return { port, websocketPort, credentials, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Who asks for a page at the port of WebSockets has come to the wrong door (RFC 9110, 15.5.22). */
const wantWebSocket: RequestListener = (_, response) => {
  const headers = { Upgrade: 'websocket', Connection: 'Upgrade', 'Content-Type': 'text/plain' };
  response
    .writeHead(426, headers)
    .end('MQTT over WebSocket is spoken here; the dashboard has a port of its own\n');
};

const refusal = (message: string, returnCode: number): AuthenticateError =>
  Object.assign(new Error(message), { returnCode }) as AuthenticateError;

const shown = (text: string): string =>
  text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}..` : text;
