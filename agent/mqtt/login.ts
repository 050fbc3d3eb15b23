import type { BrokerConfig } from '../config.ts';
import type { Log } from '../log.ts';
import type { Broker } from './broker.ts';
import { readAuthorities, readKeyPair } from './certificate.ts';
import type { ClientTls, MqttOptions } from './client-options.ts';
import { LiveCertificate } from './live-certificate.ts';
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
  return { url, protocol, username, password, tls: tls && (await openTls(tls, names, log)), names };
}

interface TlsFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Undefined where none is named: `tls: {}`. */
async function openTls(
  files: TlsFiles,
  names: SettingNames,
  log: Log,
): Promise<LiveCertificate<ClientTls> | undefined> {
  const { ca, cert, key } = files;
  if ((ca ?? cert) === undefined) return undefined;
  const read = async (telling: Log): Promise<ClientTls> => {
    const keyPair =
      cert === undefined || key === undefined ? {} : await readKeyPair({ cert, key, names }, telling);
    return { ...(ca !== undefined && { ca: await readAuthorities(ca, names.ca) }), ...keyPair };
  };
  return LiveCertificate.open({ name: names.tls, read, log });
}

/** The address of an embedded broker as seen from this machine. */
export function brokerUrl(host: string, port: number, scheme: 'mqtt' | 'mqtts' = 'mqtt'): string {
  const reachable = ANY_ADDRESS[host] ?? host;
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** "All addresses" is for listening; one connects to one of them. */
const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
