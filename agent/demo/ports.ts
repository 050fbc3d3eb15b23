import { once } from 'node:events';
import { createServer } from 'node:net';

/** The preferred port when nobody listens there, else 0: the system's choice. */
export async function freePort(host: string, preferred: number): Promise<number> {
  const probe = createServer();
  try {
    probe.listen({ host, port: preferred });
    await once(probe, 'listening');
  } catch {
    return 0;
  }
  probe.close();
  await once(probe, 'close');
  return preferred;
}
