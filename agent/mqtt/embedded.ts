import { join } from 'node:path';
import type { Topics } from '../../protocols/topics.ts';
import type { BrokerConfig } from '../config.ts';
import type { Log } from '../log.ts';
import { type Broker, startBroker } from './broker.ts';
import { loadCredentials } from './credentials.ts';

export interface EmbeddedOptions {
  readonly site: string;
  readonly stateDir: string;
  readonly topics: Topics;
  readonly log: Log;
}

/** The broker of the configuration when it is to run inside the agent; its passwords and what it keeps are in the state folder. */
export async function openEmbeddedBroker(
  config: BrokerConfig,
  { site, stateDir, topics, log }: EmbeddedOptions,
): Promise<Broker | undefined> {
  if (!('embedded' in config)) return undefined;
  const { keep = true, users, ...settings } = config.embedded;
  const credentials = await loadCredentials(stateDir, users);
  const keepIn = keep ? join(stateDir, 'broker', site) : undefined;
  return startBroker({ ...settings, users, credentials, keepIn, topics, log });
}
