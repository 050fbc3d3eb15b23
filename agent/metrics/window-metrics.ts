import { counter, counterBy, histogram, type Metric } from './metric.ts';
import type { MetricsState } from './state.ts';

/** What becomes of windows. */
export const windowMetrics: readonly Metric<MetricsState>[] = [
  counter('tinyllm_windows_opened_total', 'Windows begun.', ({ meter }) => meter.opened),
  counter(
    'tinyllm_windows_abandoned_total',
    "Windows given up before their end: too much was missing, or the board's clock changed.",
    ({ meter }) => meter.abandoned,
  ),
  counter('tinyllm_windows_closed_total', 'Windows that came to their end.', ({ meter }) => meter.closed),
  counter(
    'tinyllm_windows_answered_total',
    'Of these, answered by the model.',
    ({ meter }) => meter.predictions,
  ),
  counter(
    'tinyllm_windows_dropped_total',
    'Of these, overtaken by a newer one of their board.',
    ({ meter }) => meter.dropped,
  ),
  counter(
    'tinyllm_windows_missed_total',
    'Of these, those that could not be answered within deadlineMs.',
    ({ meter }) => meter.missed,
  ),
  counter(
    'tinyllm_windows_failed_total',
    'Of these, those for which the model gave no answer.',
    ({ meter }) => meter.failed,
  ),
  histogram(
    'tinyllm_prediction_latency_seconds',
    "From the arrival of a window's last sample to its prediction.",
    ({ meter }) => meter.latencies,
  ),
  counter(
    'tinyllm_predictions_late_total',
    'Predictions that took longer than their windows come apart.',
    ({ health }) => health.missedDeadlines,
  ),
  counter(
    'tinyllm_predictions_published_total',
    'Predictions put into the outbox.',
    ({ publisher }) => publisher.predictions,
  ),
  counterBy(
    'type',
    'tinyllm_episode_events_total',
    'Events put into the outbox: an episode starts, goes on, ends.',
    ({ publisher }) => publisher.events,
  ),
];
