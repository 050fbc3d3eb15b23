import { join } from 'node:path';
import type { AgentConfig } from '../config.ts';
import type { Log } from '../log.ts';
import { Outbox } from './outbox.ts';

const MB = 1 << 20;
const HOUR_MS = 3_600_000;

/** The folder of an agent's outbox. Names have no dot, so no two agents share one. */
export const outboxFolder = (
  stateDir: string,
  { site, agent }: Pick<AgentConfig, 'site' | 'agent'>,
): string => join(stateDir, 'outbox', `${site}.${agent}`);

/** The outbox that a configuration asks for. Throws `TinyError` when another process has it. */
export const openOutbox = (config: AgentConfig, stateDir: string, log: Log): Promise<Outbox> => {
  const { disk, maxMb, maxAgeH, commitMs } = config.outbox;
  return Outbox.open({
    folder: disk ? outboxFolder(stateDir, config) : undefined,
    maxBytes: maxMb * MB,
    maxAgeMs: maxAgeH * HOUR_MS,
    commitMs,
    log,
  });
};
