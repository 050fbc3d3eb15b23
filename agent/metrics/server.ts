import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { hostOf, isLoopback, pathOf, urlHost } from '../http-requests.ts';
import { listen } from '../listen.ts';
import { answerScrape, METRICS_PATH, type MetricsEndpoint } from './endpoint.ts';

export interface MetricsServer {
  /** `http://127.0.0.1:9464/metrics` */
  readonly url: string;
  stop(): Promise<void>;
}

export interface MetricsServerOptions extends MetricsEndpoint {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/**
 * Serves the metrics alone. On loopback a request must name a loopback host, as at the dashboard.
 *
 * @throws TinyError when the port is taken
 */
export async function startMetrics(options: MetricsServerOptions): Promise<MetricsServer> {
  const { host } = options;
  const server = createServer((request, response) => void answer(request, response, options));
  const port = await listen(server, { ...options, key: 'metrics.port' });
  return {
    url: `http://${urlHost(host)}:${port}${METRICS_PATH}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: MetricsServerOptions,
): Promise<void> {
  const refuse = (status: number, text: string): void => {
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
  };
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const host = hostOf(request);
  if (host === undefined || (isLoopback(options.host) && !isLoopback(host))) {
    return refuse(421, 'wrong host name');
  }
  if (pathOf(request) !== METRICS_PATH) return refuse(404, `the metrics are at ${METRICS_PATH}`);
  return answerScrape(request, response, options);
}
