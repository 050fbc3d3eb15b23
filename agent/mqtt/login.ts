import type { BrokerConfig } from '../config.ts';
import type { Broker } from './broker.ts';

export interface Login {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** How the agent reaches its broker: its own, by the user `agent`, or the one of the configuration. */
export function brokerLogin(config: BrokerConfig, own: Broker | undefined): Login {
  if (!('embedded' in config)) {
    const { url, username, password } = config;
    return { url, username, password };
  }
  return { url: brokerUrl(config.embedded.host, own!.port), ...own!.credentials.agent };
}

/** The address of an embedded broker as seen from this machine. */
export function brokerUrl(host: string, port: number): string {
  const reachable = ANY_ADDRESS[host] ?? host;
  return `mqtt://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** "All addresses" is for listening; one connects to one of them. */
const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
