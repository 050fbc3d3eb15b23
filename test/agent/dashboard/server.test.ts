import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDashboard } from '../../../agent/dashboard/server.ts';
import { TinyError } from '../../../protocols/errors.ts';

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

async function start(brokerUrl?: string): Promise<URL> {
  const dashboard = await startDashboard({ host: '127.0.0.1', port: 0, brokerUrl });
  onTestFinished(() => dashboard.stop());
  return new URL(dashboard.url);
}

/** A request whose path is sent as it stands: `fetch` would tidy `..` away. */
const get = (url: URL, path: string, options: { method?: string; host?: string } = {}): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', host = url.host } = options;
    request({ host: url.hostname, port: url.port, path, method, headers: { host } }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    })
      .on('error', reject)
      .end();
  });

describe('the dashboard server', () => {
  it('serves the page and everything that it asks for', async () => {
    const url = await start();
    const page = await get(url, '/');
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    const asked = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => `/${name}`);
    expect(asked).toContain('/app.js');
    for (let path = asked.pop(); path !== undefined; path = asked.pop()) {
      const { status, headers, body } = await get(url, path);
      expect([path, status, headers['x-content-type-options']]).toEqual([path, 200, 'nosniff']);
      if (path.endsWith('.js') && path !== '/mqtt.js') {
        asked.push(...[...body.matchAll(/from '\.(\/[^']+)'/g)].map(([, name]) => name!));
      }
    }
  });

  it('allows the page its own parts and MQTT to where it came from', async () => {
    const { headers } = await get(await start(), '/');
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain('connect-src ws://127.0.0.1:*');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy.join()).not.toContain('unsafe');
    expect(headers['referrer-policy']).toBe('no-referrer');
  });

  it('allows it MQTT to a broker elsewhere, and nowhere else', async () => {
    const { headers } = await get(await start('wss://broker.example:9001/mqtt'), '/');
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy.filter((rule) => rule.startsWith('connect-src'))).toEqual([
      'connect-src wss://broker.example:9001',
    ]);
  });

  it.each([
    '/../server.js',
    '/../../../package.json',
    '/%2e%2e/server.ts',
    '/page/../../run.ts',
    '//etc/passwd',
    '/..%2f..%2fpackage.json',
    '/server.ts',
    '/constructor',
    '/app.js%00.html',
  ])('has nothing at %s', async (path) => {
    const { status, body } = await get(await start(), path);
    expect([status, body]).toEqual([404, 'not here\n']);
  });

  it('answers GET and HEAD alone', async () => {
    const url = await start();
    expect(await get(url, '/', { method: 'POST' })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
    expect(await get(url, '/style.css', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  it('refuses a name that is not of this machine', async () => {
    const url = await start();
    expect((await get(url, '/', { host: 'evil.example' })).status).toBe(421);
    expect((await get(url, '/', { host: `localhost:${url.port}` })).status).toBe(200);
  });

  it('says which port is taken', async () => {
    const url = await start();
    const second = startDashboard({ host: '127.0.0.1', port: Number(url.port) });
    await expect(second).rejects.toThrow(TinyError);
    await expect(second).rejects.toMatchObject({
      message: `port ${url.port} on 127.0.0.1 is taken`,
      hint: 'set dashboard.port to a free port',
    });
  });
});
