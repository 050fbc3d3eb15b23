import { once } from 'node:events';
import { copyFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { expect, it, type TestContext } from 'vitest';
import { type Log, silentLog } from '../../agent/log.ts';
import { agentHealth } from '../../protocols/topics.ts';
import { type TestKeyPair, testAuthority } from './certificates.ts';
import { startMosquitto } from './mosquitto.ts';
import { configOf, eventually, listenTo, mqttClient, runAgent } from './rig.ts';

/** The files of a certificate become those of another one. */
async function renew({ cert, key }: TestKeyPair, by: TestKeyPair): Promise<void> {
  await copyFile(by.cert, cert);
  await copyFile(by.key, key);
}

/** The name in the certificate that a port shows. */
async function shownAt(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

/** An agent whose own broker has a certificate, and that can be told to reload. */
async function secureAgent(test: TestContext) {
  const authority = await testAuthority(test);
  const files = await authority.sign('first');
  const lines: string[] = [];
  const note = (message: string) => void lines.push(message);
  const log: Log = { info: note, warn: note, error: note };
  const changes = {
    broker: { embedded: { port: 0, tls: { ...files, port: 0, websocketPort: 0 } } },
    health: { everyS: 1 },
  };
  const agent = await runAgent(changes, { log, readConfig: async () => configOf(changes) });
  const { port, credentials, tlsPort, tlsWebsocketPort } = agent.broker!;
  const heard = await listenTo(await mqttClient(port, credentials.viewer), agent.topics.health('hub'));
  const certificate = () => {
    const text = heard.get(agent.topics.health('hub'))?.at(-1) ?? '{}';
    return agentHealth.parse(JSON.parse(text)).certificates?.['broker.embedded.tls'];
  };
  const shown = async () => [await shownAt(tlsPort!), await shownAt(tlsWebsocketPort!)];
  return { authority, files, agent, lines, certificate, shown };
}

it('shows a certificate that was renewed on disk from the next connection on', async (test) => {
  const { authority, files, agent, lines, certificate, shown } = await secureAgent(test);
  expect(await shown()).toEqual(['first', 'first']);
  await renew(files, await authority.sign('second', { days: 90 }));
  await agent.operator.do('reload');
  expect(await shown()).toEqual(['second', 'second']);
  expect(lines).toContainEqual(
    expect.stringMatching(/^broker\.embedded\.tls: renewed on disk, and taken up; ends/),
  );
  await eventually(() => expect(certificate()).toMatchObject({ renewed: 1, problem: null }));
  expect(certificate()!.endsMs).toBeGreaterThan(Date.now() + 80 * 86_400_000);
});

it('keeps the certificate in use while the one on disk is no good, and says so once', async (test) => {
  const { authority, files, agent, lines, certificate, shown } = await secureAgent(test);
  const second = await authority.sign('second');
  // Half a renewal: the key is still the old one.
  await copyFile(second.cert, files.cert);
  await agent.operator.do('reload');
  await agent.operator.do('reload');
  expect(await shown()).toEqual(['first', 'first']);
  const problem = expect.stringMatching(/does not belong to the certificate/);
  expect(lines.filter((line) => /does not belong .*; the one in use stays$/.test(line))).toHaveLength(1);
  await eventually(() => expect(certificate()).toMatchObject({ renewed: 0, problem }));
  await writeFile(files.cert, 'no certificate');
  await agent.operator.do('reload');
  await copyFile(second.cert, files.cert);
  await copyFile(second.key, files.key);
  await agent.operator.do('reload');
  expect(await shown()).toEqual(['second', 'second']);
  await eventually(() => expect(certificate()).toMatchObject({ renewed: 1, problem: null }));
});

it('knows a broker again whose authority was renewed, without a restart', async (test) => {
  const [before, after] = [await testAuthority(test), await testAuthority(test)];
  const files = await before.sign('broker');
  const door = [`certfile ${files.cert}`, `keyfile ${files.key}`];
  const mosquitto = await startMosquitto(test, { door });
  const { username, password } = mosquitto;
  const url = `mqtts://localhost:${mosquitto.doorPort}`;
  const agent = await runAgent(
    { broker: { url, username, password, tls: { ca: before.ca } } },
    { log: silentLog },
  );
  const client = async () => listenTo(await mqttClient(mosquitto.port, mosquitto), agent.topics.state('hub'));
  await mosquitto.kill();
  await renew(files, await after.sign('broker'));
  await copyFile(after.ca, before.ca);
  await mosquitto.start();
  // A Mosquitto that keeps nothing knows of the agent what it has said since.
  const heard = await client();
  await eventually(() => expect(heard.get(agent.topics.state('hub'))?.at(-1)).toBe('{"state":"online"}'));
});
