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

/** The page's port. */
export async function lookAtDashboard({ dashboard }: AgentConfig): Promise<Finding[]> {
  if (dashboard === undefined) return [];
  const { host, port } = dashboard;
  if (await portIsFree(host, port)) return [ok('dashboard', `port ${port} on ${host} is free`)];
  return [
    fail(
      'dashboard',
      `port ${port} on ${host} cannot be had`,
      'stop the agent that runs already, or set dashboard.port',
    ),
  ];
}
