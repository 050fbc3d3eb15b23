import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { TinyError } from '../../protocols/errors.ts';

/**
 * Make a server listen.
 *
 * @param key the configuration key of the port, for the hint
 * @param port 0: any free one
 * @returns the port
 * @throws TinyError when the port or the address cannot be had
 */
export async function listen(server: Server, host: string, port: number, key: string): Promise<number> {
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw cannotListen(error as NodeJS.ErrnoException, host, port, key);
  }
  return (server.address() as AddressInfo).port;
}

function cannotListen(cause: NodeJS.ErrnoException, host: string, port: number, key: string): TinyError {
  const problem = (message: string, hint: string) => new TinyError(message, hint, { cause });
  switch (cause.code) {
    case 'EADDRINUSE':
      return problem(
        `port ${port} on ${host} is taken, perhaps by another broker`,
        `set ${key} to a free port, or use that broker with broker.url`,
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
