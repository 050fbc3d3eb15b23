import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { TinyError } from '../protocols/errors.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** The configuration key of the port, for the hint. */
  readonly key: string;
  /** What else to do where the port is taken. */
  readonly whenTaken?: string;
}

/**
 * Make a server listen.
 *
 * @returns the port
 * @throws TinyError when the port or the address cannot be had
 */
export async function listen(server: Server, options: ListenOptions): Promise<number> {
  const { host, port } = options;
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw cannotListen(error as NodeJS.ErrnoException, options);
  }
  return (server.address() as AddressInfo).port;
}

function cannotListen(
  cause: NodeJS.ErrnoException,
  { host, port, key, whenTaken }: ListenOptions,
): TinyError {
  const problem = (message: string, hint: string) => new TinyError(message, hint, { cause });
  switch (cause.code) {
    case 'EADDRINUSE':
      return problem(
        `port ${port} on ${host} is taken`,
        `set ${key} to a free port${whenTaken === undefined ? '' : `; ${whenTaken}`}`,
      );
    case 'EACCES':
      return problem(`port ${port} is reserved for the system`, `set ${key} to a port above 1023`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return problem(
        `${host} is not an address of this machine`,
        'use 127.0.0.1 for this machine only, 0.0.0.0 for its networks',
      );
    default:
      return problem(`cannot listen on ${host}:${port}: ${cause.message}`, `check ${key}`);
  }
}
