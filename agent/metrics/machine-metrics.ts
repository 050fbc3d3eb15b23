import { counter, gauge, info, type Metric } from './metric.ts';
import type { MetricsState } from './state.ts';

const US_PER_S = 1e6;

/** Who runs where, and what it takes. */
export const machineMetrics: readonly Metric<MetricsState>[] = [
  info(
    'tinyllm_agent_info',
    'The agent.',
    ['site', 'agent', 'version', 'node', 'platform'],
    ({ site, info: { agent, version, node, platform } }) => [{ site, agent, version, node, platform }],
  ),
  info(
    'tinyllm_model_info',
    'The model in use, of each task: another after a swap.',
    ['task', 'model', 'variant', 'bundle_hash'],
    ({ brains }) =>
      brains.map(({ task: { spec }, model, variant, bundleHash }) => {
        return { task: spec.name, model, variant, bundle_hash: bundleHash };
      }),
  ),
  gauge('tinyllm_paused', '1 while it was asked to predict no more.', ({ health }) => health.paused),
  gauge(
    'tinyllm_process_start_time_seconds',
    'When the process started, since 1970.',
    () => performance.timeOrigin / 1000,
  ),
  counter('tinyllm_process_cpu_seconds_total', 'Processor time of the process, all threads.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / US_PER_S;
  }),
  gauge('tinyllm_process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss()),
  gauge(
    'tinyllm_machine_temperature_celsius',
    'The hottest thermal zone, else the hottest sensor of the processor; absent where the machine does not tell.',
    ({ health }) => health.temperatureC,
  ),
  gauge(
    'tinyllm_machine_throttled',
    '1 while the processor is slowed down by heat or a weak supply; absent where the machine does not tell.',
    ({ health }) => health.throttled,
  ),
];
