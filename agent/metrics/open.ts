import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AgentConfig } from '../config.ts';
import type { Control } from '../control.ts';
import type { Broker } from '../mqtt/broker.ts';
import { type Credential, loadCredentials } from '../mqtt/credentials.ts';
import { answerScrape } from './endpoint.ts';
import { type MetricsServer, startMetrics } from './server.ts';

export interface Around {
  /** The one inside the agent, if any. */
  readonly broker: Pick<Broker, 'credentials'> | undefined;
  readonly stateDir: string;
  readonly control: Pick<Control, 'metrics'>;
}

/** Where metrics are told. */
export interface MetricsDoors {
  /** At the page's server; absent where nobody could log in there. */
  readonly ofPage: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | undefined;
  /** At a port of their own. Throws `TinyError` when that is taken. */
  readonly serve: (section: NonNullable<AgentConfig['metrics']>) => Promise<MetricsServer>;
}

/** @throws TinyError when there is no broker to take the reader from, and the passwords in the state folder are no good */
export async function openMetrics(
  { metrics }: Pick<AgentConfig, 'metrics'>,
  { broker, stateDir, control }: Around,
): Promise<MetricsDoors> {
  const reader = broker?.credentials.viewer ?? (metrics && (await readerOfState(metrics, stateDir)));
  const read = () => control.metrics?.();
  return {
    ofPage: reader && ((request, response) => answerScrape(request, response, { read, reader })),
    serve: ({ open, ...at }) => startMetrics({ ...at, read, reader: open ? undefined : reader }),
  };
}

/** With a broker elsewhere, the viewer that one inside the agent would have. */
const readerOfState = async (
  { open }: { open: boolean },
  stateDir: string,
): Promise<Credential | undefined> => (open ? undefined : (await loadCredentials(stateDir)).viewer);
