import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { text } from '../../commandline/flags.ts';
import { TinyError, usageError } from '../../protocols/errors.ts';
import type { Log } from '../log.ts';
import { connectMqtt, type MqttLink } from './client.ts';

/** How a command is told of a broker. */
export const brokerFlags = {
  broker: text('URL, such as mqtt://192.168.1.10:1883'),
  site: text('NAME'),
  username: text('NAME'),
  passwordFile: text('FILE'),
};

/** The part of a command's help that these flags fill. */
export const BROKER_FLAGS_USAGE = `\
  --broker URL          mqtt://host:port, mqtts://, ws:// or wss://
  --site NAME           as in the agent's configuration (default home)
  --username NAME       of the broker; "board" for an agent's own one
  --password-file FILE  that holds the password alone`;

export const DEFAULT_SITE = 'home';
const BROKER_URL = /^(mqtts?|wss?):\/\/[^\s@]+$/;

export interface BrokerFlags {
  readonly broker: string;
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
}

/**
 * Connect as a board does.
 *
 * @param role begins the client's id; whoever had the same one before is disconnected by the broker
 * @returns undefined when `signal` came before there was a connection
 * @throws TinyError when the flags are no good or the broker refuses the login
 */
export async function connectAsBoard(
  { broker: url, username, passwordFile }: BrokerFlags,
  role: string,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<MqttLink | undefined> {
  if (!BROKER_URL.test(url)) {
    throw usageError(`"${url}" is no address of a broker`, 'write --broker mqtt://192.168.1.10:1883');
  }
  const password = passwordFile === undefined ? undefined : await readPassword(passwordFile);
  const clientId = `${role}-${hostname()}`.replaceAll(/[^A-Za-z0-9-]+/g, '-').slice(0, 60);
  try {
    return await connectMqtt({ url, username, password, clientId, log, signal });
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
