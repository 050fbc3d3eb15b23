import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QUANTITY_UNITS } from '../../protocols/channels.ts';
import { hostOf, isLoopback, pathOf, urlHost } from '../http-requests.ts';
import { listen } from '../listen.ts';
import { METRICS_PATH } from '../metrics/endpoint.ts';

export interface Dashboard {
  /** Where the page is: `http://127.0.0.1:8080/`. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface DashboardOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Where the page reaches the broker, `ws://host:port`; when absent, on the page's own host, at a port that it asks for. */
  readonly brokerUrl?: string | undefined;
  /** Answers requests for `/metrics`; there are none when absent. */
  readonly metrics?: Handler | undefined;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Asset {
  readonly type: string;
  readonly read: () => Promise<string | Buffer>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const PAGE = [
  'index.html',
  'theme.css',
  'style.css',
  'favicon.svg',
  'answers.js',
  'app.js',
  'boards.js',
  'connection.js',
  'health.js',
  'payloads.js',
  'signal.js',
  'view.js',
];

/**
 * Serves the page that shows what the agent sees. The page gets everything else over MQTT in the browser: no
 * reading and no prediction passes through this server, and no password but that of who reads the metrics.
 *
 * Only the paths listed here exist, so no path can lead out of them. On loopback a request must name a loopback
 * host, or a web site could reach the page through a name of its own (DNS rebinding).
 *
 * @throws TinyError when the port is taken
 */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const assets = allAssets(options);
  const server = createServer((request, response) => {
    void answer(request, response, assets, options);
  });
  const port = await listen(server, { ...options, key: 'dashboard.port' });
  return {
    url: `http://${urlHost(options.host)}:${port}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function allAssets({ brokerUrl }: DashboardOptions): ReadonlyMap<string, Asset> {
  const folder = join(dirname(fileURLToPath(import.meta.url)), 'page');
  const assets = new Map<string, Asset>(PAGE.map((name) => [`/${name}`, file(join(folder, name))]));
  assets.set('/', assets.get('/index.html')!);
  assets.set('/mqtt.js', file(browserMqtt()));
  assets.set('/units.js', constant('QUANTITY_UNITS', QUANTITY_UNITS));
  assets.set('/broker.js', constant('BROKER_URL', brokerUrl ?? null));
  return assets;
}

/** A module that tells the page what it has to know. */
const constant = (name: string, value: unknown): Asset => ({
  type: TYPES['.js']!,
  read: async () => `export const ${name} = ${JSON.stringify(value)};\n`,
});

const file = (path: string): Asset => ({ type: TYPES[extname(path)]!, read: () => readFile(path) });

/** The browser build that the mqtt package brings; its entry for Node lies in the package's `build/`. */
function browserMqtt(): string {
  const manifest = createRequire(import.meta.url).resolve('mqtt/package.json');
  return join(dirname(manifest), 'dist', 'mqtt.esm.js');
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  assets: ReadonlyMap<string, Asset>,
  options: DashboardOptions,
): Promise<void> {
  const host = hostOf(request);
  const loopbackOnly = isLoopback(options.host);
  for (const [name, value] of Object.entries(headersFor(host, options.brokerUrl)))
    response.setHeader(name, value);
  const refuse = (status: number, text: string): void => {
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
  };
  if (host === undefined || (loopbackOnly && !isLoopback(host))) return refuse(421, 'wrong host name');
  const path = pathOf(request);
  if (path === METRICS_PATH && options.metrics) return options.metrics(request, response);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(405, 'only GET');
  }
  const asset = assets.get(path);
  if (!asset) return refuse(404, 'not here');
  try {
    const body = await asset.read();
    response.writeHead(200, { 'Content-Type': asset.type, 'Content-Length': Buffer.byteLength(body) });
    response.end(request.method === 'HEAD' ? undefined : body);
  } catch (error) {
    refuse(500, `the page is incomplete: ${(error as Error).message}`);
  }
}

/** The page may load its own parts, and speak MQTT to its broker or the machine that it came from; nothing else. */
function headersFor(host: string | undefined, brokerUrl: string | undefined): Record<string, string> {
  const broker =
    brokerUrl !== undefined ? new URL(brokerUrl).origin : host === undefined ? "'none'" : `ws://${host}:*`;
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${broker}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-cache',
  };
}
