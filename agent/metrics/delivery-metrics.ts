import type { BrokerRefusal } from '../mqtt/broker-counts.ts';
import { counter, counterBy, gauge, gaugeBy, type Metric } from './metric.ts';
import type { MetricsState } from './state.ts';

/** Every kind from the start, so that the first refusal is a rise. */
const NOTHING_REFUSED: Readonly<Record<BrokerRefusal, number>> = {
  login: 0,
  publish: 0,
  subscribe: 0,
  retain: 0,
  protocol: 0,
  clients: 0,
  slow: 0,
};

const certificates =
  <Figure>(read: (certificate: NonNullable<MetricsState['health']['certificates']>[string]) => Figure) =>
  ({ health }: MetricsState): Record<string, Figure> =>
    Object.fromEntries(Object.entries(health.certificates ?? {}).map(([name, one]) => [name, read(one)]));

/** How what was predicted gets to the broker. */
export const deliveryMetrics: readonly Metric<MetricsState>[] = [
  gauge('tinyllm_broker_connected', '1 while there is a connection.', ({ link }) => link.connected),
  counter('tinyllm_broker_reconnects_total', 'Connections after the first.', ({ link }) =>
    Math.max(0, link.connections - 1),
  ),
  counter(
    'tinyllm_broker_overflowed_messages_total',
    'Messages other than predictions and events, lost because too many waited for a connection.',
    ({ health }) => health.overflowed,
  ),
  gauge(
    'tinyllm_outbox_waiting_messages',
    'Predictions and events that the broker does not have.',
    ({ health }) => health.outbox.waiting,
  ),
  gauge(
    'tinyllm_outbox_oldest_age_seconds',
    'How long the oldest of them waits; 0 when none does.',
    ({ delivery }) => delivery.oldestAgeMs / 1000,
  ),
  gauge('tinyllm_outbox_disk_bytes', 'Bytes of its journal.', ({ health }) => health.outbox.bytes),
  gauge(
    'tinyllm_outbox_on_disk',
    '1 while what waits is put on disk, 0 while it is kept in memory.',
    ({ health }) => health.outbox.place === 'disk',
  ),
  counter(
    'tinyllm_outbox_journalled_messages_total',
    'Messages written to disk.',
    ({ health }) => health.outbox.journalled,
  ),
  counter(
    'tinyllm_outbox_delivered_messages_total',
    'Messages acknowledged by the broker.',
    ({ health }) => health.outbox.delivered,
  ),
  counter(
    'tinyllm_outbox_replayed_messages_total',
    'Of these, delivered late.',
    ({ health }) => health.outbox.replayed,
  ),
  counterBy(
    'reason',
    'tinyllm_outbox_dropped_messages_total',
    'Messages given up.',
    ({ health }) => health.outbox.dropped,
  ),
  gauge('tinyllm_embedded_broker_clients', 'Clients connected.', ({ health }) => health.broker?.clients),
  counterBy(
    'reason',
    'tinyllm_embedded_broker_refused_total',
    'What clients were not allowed.',
    ({ health: { broker } }) => (broker === undefined ? {} : { ...NOTHING_REFUSED, ...broker.refused }),
  ),
  counter(
    'tinyllm_embedded_broker_not_kept_messages_total',
    'Messages passed on but not kept: too much is retained or unread already.',
    ({ health }) => health.broker?.notKept,
  ),
  gaugeBy(
    'certificate',
    'tinyllm_certificate_end_time_seconds',
    'When a certificate ends, since 1970.',
    certificates(({ endsMs }) => endsMs / 1000),
  ),
  counterBy(
    'certificate',
    'tinyllm_certificate_renewals_total',
    'Times another one was taken up.',
    certificates(({ renewed }) => renewed),
  ),
  gaugeBy(
    'certificate',
    'tinyllm_certificate_problem',
    '1 while what stands on disk is not taken up; the health says why.',
    certificates(({ problem }) => problem !== null),
  ),
];
