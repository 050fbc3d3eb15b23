import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { connectAsync, type MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { requireTool } from '../../tools.ts';
import { testAuthority } from '../certificates.ts';
import { eventually, listenTo } from '../rig.ts';
import { broker, publish, topics, warningsIn } from './broker-rig.ts';

const LOOPBACK = '127.0.0.1';

async function secureBroker(test: TestContext, lines: string[] = []) {
  const authority = await testAuthority(test);
  const tls = { ...(await authority.sign('hub')), host: LOOPBACK, port: 0, websocketPort: 0 };
  const started = await broker({ tls, log: warningsIn(lines) });
  const connectTo = async (address: string, user: 'agent' | 'viewer', ca?: Buffer): Promise<MqttClient> => {
    const client = await connectAsync(address, {
      protocolVersion: 4,
      reconnectPeriod: 0,
      ...started.credentials[user],
      ...(ca && { ca }),
    });
    onTestFinished(async () => void (await client.endAsync(true)));
    return client;
  };
  return { started, connectTo, ca: await readFile(authority.ca) };
}

describe('the embedded broker with a certificate', () => {
  it('speaks MQTT with TLS, over TCP and over WebSocket', async (test) => {
    const { started, connectTo, ca } = await secureBroker(test);
    const addresses = [`mqtts://localhost:${started.tlsPort}`, `wss://localhost:${started.tlsWebsocketPort}`];
    for (const address of addresses) {
      const heard = await listenTo(await connectTo(address, 'viewer', ca), 'tinyllm/lab/#');
      expect(await publish(await connectTo(address, 'agent', ca), topics.state('hub'))).toBe('taken');
      await eventually(() => expect(heard.get(topics.state('hub'))).toEqual(['x']));
    }
  });

  it('is refused by a client that does not know who signed it', async (test) => {
    const { started, connectTo } = await secureBroker(test);
    const connecting = connectTo(`mqtts://localhost:${started.tlsPort}`, 'viewer');
    await expect(connecting).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });

  it('passes on why a board hangs up: most do so with an alert', async (test) => {
    const lines: string[] = [];
    const { started } = await secureBroker(test, lines);
    const board = spawn(
      requireTool('openssl', test),
      ['s_client', '-connect', `${LOOPBACK}:${started.tlsPort}`, '-verify_return_error'],
      { stdio: 'ignore' },
    );
    await once(board, 'exit');
    await eventually(() =>
      expect(lines).toEqual([
        expect.stringMatching(/^broker: tlsv1 alert unknown ca; .* give it the certificate/),
      ]),
    );
    expect(started.refused).toEqual({});
  });

  it('hangs up on who speaks without TLS, and stops although somebody says nothing', async (test) => {
    const { started } = await secureBroker(test);
    const plain = connectTcp(started.tlsPort!, LOOPBACK);
    plain.on('error', () => {}).resume();
    plain.write(Buffer.from([0x10, 0x0c, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 0]));
    await once(plain, 'close');

    const silent = connectTcp(started.tlsPort!, LOOPBACK);
    silent.on('error', () => {}).resume();
    await once(silent, 'connect');
    const cut = once(silent, 'close');
    await started.stop();
    await cut;
  });
});
