import { boardMetrics } from './board-metrics.ts';
import { deliveryMetrics } from './delivery-metrics.ts';
import { machineMetrics } from './machine-metrics.ts';
import type { Metric } from './metric.ts';
import type { MetricsState } from './state.ts';
import { windowMetrics } from './window-metrics.ts';

/** All that an agent tells Prometheus, in the order of docs/operations.md, which a test keeps equal to this. */
export const AGENT_METRICS: readonly Metric<MetricsState>[] = [
  ...machineMetrics,
  ...boardMetrics,
  ...windowMetrics,
  ...deliveryMetrics,
];
