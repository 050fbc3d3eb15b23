import { packageVersion } from '../commandline/package.ts';
import type { Brain } from '../pipeline/brain.ts';
import type { Meter } from '../pipeline/meter.ts';
import type { AgentHealth, AgentInfo } from '../protocols/topics.ts';
import { temperatureC } from './machine.ts';
import type { Refusals } from './refusals.ts';

const MB = 1 << 20;

/** What happened since the agent started. */
export async function health(meter: Meter, refusals: Refusals): Promise<AgentHealth> {
  const { late, outliers, gaps } = meter.windowing;
  return {
    ts: Date.now(),
    uptimeS: Math.round(process.uptime()),
    boards: meter.boards,
    readings: meter.readings,
    refused: { ...refusals.counts },
    late,
    outliers,
    gaps,
    windows: {
      opened: meter.opened,
      closed: meter.closed,
      dropped: meter.dropped,
      failed: meter.failed,
    },
    predictions: meter.predictions,
    latencyMs: { p50: meter.latencyMs(0.5), p95: meter.latencyMs(0.95) },
    rssMb: Math.round(process.memoryUsage.rss() / MB),
    temperatureC: await temperatureC(),
    throttled: null,
  };
}

/** What runs here. */
export const info = (agent: string, brain: Brain): AgentInfo => ({
  agent,
  version: packageVersion(),
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  task: brain.task.spec.name,
  model: brain.model,
  bundleHash: brain.bundleHash,
});
