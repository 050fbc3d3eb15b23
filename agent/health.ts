import { packageVersion } from '../commandline/package.ts';
import type { Brain } from '../pipeline/brain.ts';
import type { Meter } from '../pipeline/meter.ts';
import type { AgentHealth, AgentInfo } from '../protocols/topics.ts';
import type { Control } from './control.ts';
import type { Deadline } from './guards/deadline.ts';
import { temperatureC } from './machine/temperature.ts';
import type { Throttling } from './machine/throttling.ts';
import type { Broker } from './mqtt/broker.ts';
import type { MqttLink } from './mqtt/client.ts';
import type { CertificateInUse } from './mqtt/live-certificate.ts';
import type { Delivery } from './outbox/delivery.ts';
import type { Refusals } from './refusals.ts';
import type { Sharing } from './site/sharing.ts';
import type { Source } from './sources/source.ts';
import type { UnsetClocks } from './sources/unset-clocks.ts';

const MB = 1 << 20;
/** A health that names every board of a thousand would be no short message. */
const MOST_CLOCKS = 100;

/** Who counts. */
export interface Counters {
  readonly meter: Meter;
  readonly refusals: Refusals;
  readonly clocks: Pick<UnsetClocks, 'dated' | 'estimates'>;
  readonly link: Pick<MqttLink, 'overflowed' | 'certificate'>;
  readonly delivery: Pick<Delivery, 'health'>;
  readonly throttling: Throttling;
  readonly deadline: Pick<Deadline, 'missed'>;
  readonly control: Pick<Control, 'paused$'>;
  readonly sharing: Pick<Sharing, 'notMine'>;
  readonly serial?: Source['serial'] | undefined;
  readonly frames?: Source['frames'] | undefined;
  readonly boardClocks?: Source['clocks'] | undefined;
  readonly broker?: Pick<Broker, 'clients' | 'refused' | 'notKept' | 'certificate'> | undefined;
}

/** What happened since the agent started. */
export async function health(counters: Counters): Promise<AgentHealth> {
  const { meter, refusals, link, delivery, throttling, sharing, serial, broker } = counters;
  const frames = counters.frames?.();
  return {
    ts: Date.now(),
    uptimeS: Math.round(process.uptime()),
    boards: meter.boards,
    readings: meter.readings,
    refused: { ...refusals.counts },
    ...(serial && { serial: serial() }),
    ...(frames && { frames }),
    ...clocksHealth(counters),
    notMine: sharing.notMine,
    undated: counters.clocks.dated,
    ...meter.windowing,
    windows: {
      opened: meter.opened,
      closed: meter.closed,
      dropped: meter.dropped,
      missed: meter.missed,
      failed: meter.failed,
    },
    predictions: meter.predictions,
    missedDeadlines: counters.deadline.missed,
    paused: counters.control.paused$.value,
    overflowed: link.overflowed,
    ...(broker && { broker: brokerHealth(broker) }),
    outbox: delivery.health(),
    ...certificatesHealth(broker?.certificate, link.certificate),
    latencyMs: { p50: meter.latencyMs(0.5), p95: meter.latencyMs(0.95) },
    rssMb: Math.round(process.memoryUsage.rss() / MB),
    temperatureC: await temperatureC(),
    throttled: await throttling.now(),
  };
}

const brokerHealth = ({ clients, refused, notKept }: Pick<Broker, 'clients' | 'refused' | 'notKept'>) => ({
  clients,
  refused: { ...refused },
  notKept,
});

function clocksHealth({ clocks, boardClocks }: Counters): Pick<AgentHealth, 'clocks'> {
  const all = new Map([...(boardClocks?.(MOST_CLOCKS) ?? []), ...clocks.estimates(MOST_CLOCKS)]);
  return all.size === 0 ? {} : { clocks: Object.fromEntries([...all].slice(0, MOST_CLOCKS)) };
}

function certificatesHealth(
  ...certificates: readonly (CertificateInUse | undefined)[]
): Pick<AgentHealth, 'certificates'> {
  const used = certificates.filter((certificate) => certificate !== undefined);
  if (used.length === 0) return {};
  return { certificates: Object.fromEntries(used.map(({ name, health }) => [name, health])) };
}

/** What runs here. */
export function info(agent: string, brains: readonly Brain[]): AgentInfo {
  const tasks = brains.map(({ task, model, bundleHash }) => ({ task: task.spec.name, model, bundleHash }));
  return {
    agent,
    version: packageVersion(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    ...tasks[0]!,
    ...(tasks.length > 1 && { tasks }),
  };
}
