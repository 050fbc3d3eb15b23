import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { choice, text } from '../../commandline/flags.ts';
import { TinyError, usageError } from '../../protocols/errors.ts';
import type { BrokerConfig } from '../config.ts';
import type { Log } from '../log.ts';
import { connectMqtt, type MqttLink } from './client.ts';
import { brokerLogin } from './login.ts';
import { FLAG_NAMES } from './setting-names.ts';

/** How a command is told of a broker: the keys of `broker` in a configuration, as flags. */
export const brokerFlags = {
  broker: text('URL, such as mqtt://192.168.1.10:1883'),
  site: text('NAME'),
  username: text('NAME'),
  passwordFile: text('FILE'),
  protocol: choice('5', '3.1.1'),
  tlsCa: text('FILE, such as ca.crt'),
  tlsCert: text('FILE, such as bridge.crt'),
  tlsKey: text('FILE, such as bridge.key'),
};

/** A password on the command line would be read by everybody on the machine (`ps`). */
const PASSWORD_VARIABLE = 'TINYLLM_BROKER_PASSWORD';

/** The part of a command's help that these flags fill. */
export const BROKER_FLAGS_USAGE = `\
  --broker URL          mqtt://host:port, mqtts://, ws:// or wss://
  --site NAME           as in the agent's configuration (default home)
  --username NAME       of the broker; "board" for an agent's own one
  --password-file FILE  that holds the password alone; without it, the variable ${PASSWORD_VARIABLE}
  --tls-ca FILE         who signed the broker's certificate, where Node does not know them
  --tls-cert FILE, --tls-key FILE  our certificate, where the broker wants one
  --protocol VERSION    5 or 3.1.1 (default: 5, and 3.1.1 where the broker does not know 5)`;

export const DEFAULT_SITE = 'home';
const BROKER_URL = /^(mqtts?|wss?):\/\/[^\s@]+$/;
const TLS_URL = /^(mqtts|wss):/;

export interface BrokerFlags {
  readonly broker: string;
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly protocol?: '5' | '3.1.1' | undefined;
  readonly tlsCa?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
}

/**
 * The broker that flags name, as a configuration says it. Paths start where the command runs.
 *
 * @throws TinyError (exit 2) when the flags do not go together, (exit 1) when the password cannot be read
 */
export async function brokerOf(
  flags: BrokerFlags,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Exclude<BrokerConfig, { embedded: unknown }>> {
  checkFlags(flags);
  const { broker: url, username, passwordFile, protocol, tlsCa: ca, tlsCert: cert, tlsKey: key } = flags;
  const password =
    passwordFile === undefined ? variables[PASSWORD_VARIABLE] : await readPassword(passwordFile);
  const files = Object.entries({ ca, cert, key }).flatMap(([name, path]) =>
    path === undefined ? [] : [[name, resolve(path)] as const],
  );
  return {
    url,
    protocol,
    ...(username !== undefined && { username, password }),
    ...(files.length > 0 && { tls: Object.fromEntries(files) }),
  };
}

function checkFlags({ broker: url, username, passwordFile, tlsCa, tlsCert, tlsKey }: BrokerFlags): void {
  if (!BROKER_URL.test(url)) {
    throw usageError(`"${url}" is no address of a broker`, 'write --broker mqtt://192.168.1.10:1883');
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw usageError('a certificate goes with its key', 'give both --tls-cert FILE and --tls-key FILE');
  }
  if ((tlsCa ?? tlsCert) !== undefined && !TLS_URL.test(url)) {
    throw usageError(`no TLS is spoken with ${url}`, 'write --broker mqtts://HOST:8883 (or wss://)');
  }
  if (passwordFile !== undefined && username === undefined) {
    throw usageError('a password needs a user', 'add --username NAME');
  }
}

/**
 * Connect as a board does.
 *
 * @param role begins the client's id; whoever had the same one before is disconnected by the broker
 * @param patienceMs goes on without a connection after this long; waits for the first one when absent
 * @returns undefined when `signal` came before there was a connection
 * @throws TinyError when the flags or their files are no good, or the broker refuses the login
 */
export async function connectAsBoard(
  flags: BrokerFlags,
  role: string,
  {
    log,
    signal,
    patienceMs,
  }: { readonly log: Log; readonly signal: AbortSignal; readonly patienceMs?: number },
): Promise<MqttLink | undefined> {
  const login = await brokerLogin(await brokerOf(flags), undefined, log, FLAG_NAMES);
  const clientId = `${role}-${hostname()}`.replaceAll(/[^A-Za-z0-9-]+/g, '-').slice(0, 60);
  try {
    return await connectMqtt({ ...login, clientId, patienceMs, log, signal });
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

const readPassword = (path: string): Promise<string> =>
  readFile(path, 'utf8').then(
    (words) => words.trimEnd(),
    (cause: unknown) => {
      throw new TinyError(
        `the password in ${path} cannot be read: ${(cause as Error).message}`,
        `write it into the file: printf %s PASSWORD > ${path} && chmod 600 ${path}`,
        { cause },
      );
    },
  );
