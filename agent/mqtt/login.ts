import type { BrokerConfig } from '../config.ts';
import type { Log } from '../log.ts';
import type { Broker } from './broker.ts';
import { readAuthorities, readKeyPair } from './certificate.ts';
import type { ClientTls, MqttOptions } from './client-options.ts';
import { CONFIG_NAMES, type SettingNames } from './setting-names.ts';

/** What is needed to be let in by a broker. */
export type Login = Pick<MqttOptions, 'url' | 'protocol' | 'tls' | 'username' | 'password' | 'names'>;

/**
 * How the agent reaches its broker: its own, by the user `agent`, or the one of the configuration.
 *
 * @param names what the settings are called where they come from
 * @throws TinyError (exit 78) when a certificate of the configuration is no good
 */
export async function brokerLogin(
  config: BrokerConfig,
  own: Broker | undefined,
  log: Log,
  names: SettingNames = CONFIG_NAMES,
): Promise<Login> {
  if ('embedded' in config) {
    return { url: brokerUrl(config.embedded.host, own!.port), protocol: '3.1.1', ...own!.credentials.agent };
  }
  const { url, protocol, username, password, tls } = config;
  return { url, protocol, username, password, tls: tls && (await readTls(tls, names, log)), names };
}

async function readTls(
  { ca, cert, key }: { ca?: string | undefined; cert?: string | undefined; key?: string | undefined },
  names: SettingNames,
  log: Log,
): Promise<ClientTls> {
  const keyPair = cert === undefined || key === undefined ? {} : await readKeyPair({ cert, key, names }, log);
  return { ...(ca !== undefined && { ca: await readAuthorities(ca, names.ca) }), ...keyPair };
}

/** The address of an embedded broker as seen from this machine. */
export function brokerUrl(host: string, port: number, scheme: 'mqtt' | 'mqtts' = 'mqtt'): string {
  const reachable = ANY_ADDRESS[host] ?? host;
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** "All addresses" is for listening; one connects to one of them. */
const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
