/** What a person calls the settings of a broker, for hints: keys of a configuration, or flags of a command. */
export interface SettingNames {
  readonly url: string;
  readonly tls: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly login: string;
}

export const CONFIG_NAMES: SettingNames = {
  url: 'broker.url',
  tls: 'broker.tls',
  ca: 'broker.tls.ca',
  cert: 'broker.tls.cert',
  key: 'broker.tls.key',
  login: 'broker.username and broker.password (or passwordFile)',
};

export const FLAG_NAMES: SettingNames = {
  url: '--broker',
  tls: '--tls-ca and --tls-cert',
  ca: '--tls-ca',
  cert: '--tls-cert',
  key: '--tls-key',
  login: '--username and --password-file (or TINYLLM_BROKER_PASSWORD)',
};
