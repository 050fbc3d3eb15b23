import type { Brain } from '../../pipeline/brain.ts';
import type { Meter } from '../../pipeline/meter.ts';
import type { AgentHealth, AgentInfo } from '../../protocols/topics.ts';
import { type Counters, health, info } from '../health.ts';
import { Throttling } from '../machine/throttling.ts';
import type { MqttLink } from '../mqtt/client.ts';
import type { Delivery } from '../outbox/delivery.ts';
import type { Publisher } from '../publisher.ts';

/** Who counts, and what is told of the agent besides its health. */
export interface Observed {
  readonly site: string;
  readonly agent: string;
  readonly brains: readonly Brain[];
  readonly counters: Omit<Counters, 'throttling'>;
  readonly link: Pick<MqttLink, 'connected' | 'connections'>;
  readonly delivery: Pick<Delivery, 'oldestAgeMs'>;
  readonly publisher: Pick<Publisher, 'boards' | 'predictions' | 'events'>;
}

/** An agent at one moment, as its metrics read it. */
export interface MetricsState extends Omit<Observed, 'counters'> {
  readonly health: AgentHealth;
  readonly info: AgentInfo;
  readonly meter: Meter;
}

/** Reads the counters of the health, at each call anew. */
export function metricsState(observed: Observed): () => Promise<MetricsState> {
  const { counters, ...rest } = observed;
  // What it tells is of the time since it was asked last: the health asks its own.
  const counted = { ...counters, throttling: new Throttling() };
  return async () => ({
    ...rest,
    health: await health(counted),
    info: info(rest.agent, rest.brains),
    meter: counters.meter,
  });
}
