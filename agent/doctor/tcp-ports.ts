import { createServer } from 'node:net';
import type { AgentConfig } from '../config.ts';
import { listen } from '../listen.ts';
import { type Finding, fail, ok } from './finding.ts';

/** Whether this address can be listened at. */
export async function portIsFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    await listen(server, { host, port, key: 'port' });
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** The ports of the page and of the metrics. */
export async function lookAtWebPorts({ dashboard, metrics }: AgentConfig): Promise<Finding[]> {
  const wanted = Object.entries({ dashboard, metrics }).flatMap(([section, at]) =>
    at === undefined ? [] : [{ section, ...at }],
  );
  return Promise.all(
    wanted.map(async ({ section, host, port }) => {
      if (await portIsFree(host, port)) return ok(section, `port ${port} on ${host} is free`);
      const fix = `stop the agent that runs already, or set ${section}.port`;
      return fail(section, `port ${port} on ${host} cannot be had`, fix);
    }),
  );
}
