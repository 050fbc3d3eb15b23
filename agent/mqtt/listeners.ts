import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { createServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { listen } from '../listen.ts';
import type { KeyPair } from './certificate.ts';
import { Connections } from './connections.ts';

/** One way into a broker. */
export interface Door {
  readonly over: 'tcp' | 'websocket';
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** The configuration key of the port. */
  readonly key: string;
  /** Speaks TLS when present. */
  readonly keyPair?: KeyPair | undefined;
}

export interface ListenerLimits {
  /** Open at one door, logged in or not. */
  readonly maxConnections: number;
  /** Of a WebSocket message. */
  readonly maxPacketBytes: number;
  /** What waits for a slow reader before its writer is told to wait. */
  readonly backlogBytes: number;
}

/** Told of everybody who comes in, and from where. Nothing is known of the client yet. */
export type Serve = (stream: Duplex, address: string) => void;

const MIN_TLS_VERSION = 'TLSv1.2';

/** The doors of a broker: MQTT over TCP and over WebSocket, each with and without TLS. */
export class Listeners {
  readonly #limits: ListenerLimits;
  readonly #serve: Serve;
  readonly #connections = new Connections();
  readonly #webSockets: WebSocketServer[] = [];
  /** Give another certificate to whoever comes in from then on. */
  readonly #renewals: ((keyPair: KeyPair) => void)[] = [];

  constructor(limits: ListenerLimits, serve: Serve) {
    this.#limits = limits;
    this.#serve = serve;
  }

  /** @returns the port. Throws `TinyError` when it or the address cannot be had. */
  async open({ over, keyPair, ...where }: Door): Promise<number> {
    const server = over === 'tcp' ? this.#tcp(keyPair) : this.#web(keyPair);
    server.maxConnections = this.#limits.maxConnections;
    this.#connections.watch(server);
    return listen(server, {
      ...where,
      whenTaken: 'if another broker has it, use that one with broker.url',
    });
  }

  /** Another certificate for all doors that speak TLS; who is in stays in. Throws when OpenSSL does not take it. */
  renew(keyPair: KeyPair): void {
    for (const renewal of this.#renewals) renewal(keyPair);
  }

  /** Lets nobody in any more. Resolves when everybody has gone. */
  async close(): Promise<void> {
    for (const { clients } of this.#webSockets) for (const socket of clients) socket.terminate();
    await this.#connections.close();
  }

  #tcp(keyPair: KeyPair | undefined): Server {
    const highWaterMark = this.#limits.backlogBytes;
    if (keyPair === undefined) {
      return createServer({ highWaterMark }, (socket) => this.#serve(socket, socket.remoteAddress ?? ''));
    }
    const options = { isServer: true, highWaterMark };
    let secureContext = secureContextOf(keyPair);
    this.#renewals.push((renewed) => {
      secureContext = secureContextOf(renewed);
    });
    // Not a `tls.Server`: its sockets take no mark of their own, and with 16 KB everybody is a slow reader.
    return createServer((socket) => {
      const secure = new TLSSocket(socket, { ...options, secureContext });
      this.#serve(secure, socket.remoteAddress ?? '');
    });
  }

  #https(keyPair: KeyPair): HttpsServer {
    const server = createHttpsServer({ ...keyPair, minVersion: MIN_TLS_VERSION }, wantWebSocket);
    this.#renewals.push((renewed) => server.setSecureContext({ ...renewed, minVersion: MIN_TLS_VERSION }));
    return server;
  }

  #web(keyPair: KeyPair | undefined): Server {
    const { backlogBytes, maxPacketBytes } = this.#limits;
    const server = keyPair === undefined ? createHttpServer(wantWebSocket) : this.#https(keyPair);
    const sockets = new WebSocketServer({ server, maxPayload: maxPacketBytes });
    this.#webSockets.push(sockets);
    sockets.on('connection', (socket, { socket: { remoteAddress = '' } }) =>
      this.#serve(createWebSocketStream(socket, { writableHighWaterMark: backlogBytes }), remoteAddress),
    );
    // Errors of the server are reported by `listen`, and again here by ws.
    sockets.on('error', () => {});
    return server;
  }
}

const secureContextOf = (keyPair: KeyPair): SecureContext =>
  createSecureContext({ ...keyPair, minVersion: MIN_TLS_VERSION });

/** Who asks for a page at the port of WebSockets has come to the wrong door (RFC 9110, 15.5.22). */
const wantWebSocket: RequestListener = (_, response) => {
  const headers = { Upgrade: 'websocket', Connection: 'Upgrade', 'Content-Type': 'text/plain' };
  response
    .writeHead(426, headers)
    .end('MQTT over WebSocket is spoken here; the dashboard has a port of its own\n');
};
