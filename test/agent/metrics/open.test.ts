import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startMetrics } from '../../../agent/metrics/server.ts';
import { runAgent, temporaryFolder } from '../rig.ts';
import { readPrometheusText } from './prometheus-text.ts';

describe('who may read the metrics', () => {
  const basic = (username: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
  });
  const statusOf = async (url: string, headers: Record<string, string> = {}, method = 'GET') =>
    (await fetch(url, { headers, method })).status;

  it('is the viewer, at the page and at a port of their own', async () => {
    const agent = await runAgent({
      broker: { embedded: { port: 0, websocketPort: 0 } },
      dashboard: { port: 0 },
      metrics: { port: 0 },
    });
    const { viewer, board } = agent.broker!.credentials;
    for (const url of [`${agent.dashboard!.url}metrics`, agent.metrics!.url]) {
      const refused = await fetch(url);
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
      expect(await refused.text()).not.toContain('tinyllm_');
      for (const headers of [
        basic('viewer', board.password),
        basic('board', board.password),
        basic('viewer', ''),
        basic('', viewer.password),
        { authorization: 'Basic ====' },
        { authorization: `Bearer ${viewer.password}` },
      ])
        expect(await statusOf(url, headers)).toBe(401);
      const taken = await fetch(url, { headers: basic('viewer', viewer.password) });
      expect(taken.status).toBe(200);
      expect(readPrometheusText(await taken.text()).size).toBeGreaterThan(30);
      expect(await statusOf(url, basic('viewer', viewer.password), 'POST')).toBe(405);
    }
    expect(await statusOf(agent.metrics!.url.replace('/metrics', '/'))).toBe(404);
  });

  it('is the viewer of the state folder where the broker is elsewhere', async () => {
    const { broker } = await runAgent();
    const { port, credentials } = broker!;
    const stateDir = await temporaryFolder();
    const url = `mqtt://127.0.0.1:${port}`;
    const elsewhere = { url, websocketUrl: 'ws://127.0.0.1:9001', ...credentials.agent };
    const agent = await runAgent(
      { agent: 'other', broker: elsewhere, dashboard: { port: 0 }, metrics: { port: 0 } },
      { stateDir },
    );
    const { viewer } = JSON.parse(await readFile(join(stateDir, 'credentials.json'), 'utf8'));
    expect(await statusOf(agent.metrics!.url, basic('viewer', credentials.viewer.password))).toBe(401);
    expect(await statusOf(agent.metrics!.url, basic('viewer', viewer))).toBe(200);
    expect(await statusOf(`${agent.dashboard!.url}metrics`, basic('viewer', viewer))).toBe(200);
  });

  it('is nobody at the page where nobody has a password', async () => {
    const { broker } = await runAgent();
    const { port, credentials } = broker!;
    const stateDir = await temporaryFolder();
    const elsewhere = {
      url: `mqtt://127.0.0.1:${port}`,
      websocketUrl: 'ws://127.0.0.1:9001',
      ...credentials.agent,
    };
    const agent = await runAgent({ agent: 'other', broker: elsewhere, dashboard: { port: 0 } }, { stateDir });
    expect(await statusOf(`${agent.dashboard!.url}metrics`)).toBe(404);
    expect(agent.metrics).toBeUndefined();
  });

  it('is nobody who comes by a name that is not of this machine', async () => {
    const agent = await runAgent({ metrics: { port: 0, open: true } });
    const { hostname, port } = new URL(agent.metrics!.url);
    const status = await new Promise((resolve, reject) => {
      const headers = { host: 'evil.example' };
      get({ hostname, port, path: '/metrics', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });
    expect(status).toBe(421);
  });

  it('is asked to come again while the agent starts', async () => {
    const metrics = await startMetrics({ host: '127.0.0.1', port: 0, read: () => undefined });
    onTestFinished(() => metrics.stop());
    const response = await fetch(metrics.url);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it('is told when the port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(runAgent({ metrics: { port } })).rejects.toMatchObject({
      message: `port ${port} on 127.0.0.1 is taken`,
      hint: 'set metrics.port to a free port',
    });
    taken.close();
  });
});
