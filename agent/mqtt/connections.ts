import { once } from 'node:events';
import type { Server, Socket } from 'node:net';

/** Time for the last bytes to leave, and for the peer to hang up. */
const LINGER_MS = 500;

/** Who is connected to some servers, so that one who stays on the line does not keep them from closing. */
export class Connections {
  readonly #servers: Server[] = [];
  readonly #open = new Set<Socket>();

  /** Begins to mind the connections of a server. */
  watch(server: Server): void {
    this.#servers.push(server);
    server.on('connection', (socket: Socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
    });
  }

  /** Lets nobody in any more. Resolves when everybody has gone; who never logged in, or does not hang up, is cut off. */
  async close(): Promise<void> {
    const closed = this.#servers
      .filter(({ listening }) => listening)
      .map((server) => once(server.close(), 'close'));
    const cut = setTimeout(() => {
      for (const socket of this.#open) socket.destroy();
    }, LINGER_MS);
    await Promise.all(closed);
    clearTimeout(cut);
  }
}
