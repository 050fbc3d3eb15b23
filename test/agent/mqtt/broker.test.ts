import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connectAsync, type MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Broker, startBroker } from '../../../agent/mqtt/broker.ts';
import { type Credentials, loadCredentials, type User } from '../../../agent/mqtt/credentials.ts';
import { Topics } from '../../../protocols/topics.ts';
import { eventually, listenTo, mqttClient, temporaryFolder } from '../rig.ts';

const topics = new Topics('lab');

async function broker(
  changes: { port?: number; host?: string } = {},
): Promise<Broker & { credentials: Credentials; as: (user: User) => Promise<MqttClient> }> {
  const credentials = await loadCredentials(await temporaryFolder());
  const started = await startBroker({
    host: '127.0.0.1',
    port: 0,
    websocketPort: 0,
    credentials,
    topics,
    ...changes,
  });
  onTestFinished(() => started.stop());
  return { ...started, credentials, as: (user) => mqttClient(started.port, credentials[user]) };
}

/** Publish, and tell whether the broker took it or closed the connection. */
async function publish(client: MqttClient, topic: string): Promise<'taken' | 'closed'> {
  const closed = new Promise<'closed'>((resolve) => client.once('close', () => resolve('closed')));
  const done = client.publishAsync(topic, 'x', { qos: 1 }).then(
    () => 'taken' as const,
    () => closed,
  );
  return Promise.race([done, closed]);
}

describe('the embedded broker', () => {
  it.each([
    ['agent', topics.prediction('wrist-01'), 'taken'],
    ['agent', topics.state('hub'), 'taken'],
    ['agent', 'tinyllm/other/wrist-01/prediction', 'closed'],
    ['board', topics.readings('wrist-01'), 'taken'],
    ['board', topics.prediction('wrist-01'), 'closed'],
    ['board', topics.state('hub'), 'closed'],
    ['board', 'tinyllm/lab/a/b/readings', 'closed'],
    ['viewer', topics.readings('wrist-01'), 'closed'],
    ['viewer', topics.prediction('wrist-01'), 'closed'],
  ] as const)('lets the user %s publish on %s: %s', async (user, topic, outcome) => {
    const { as } = await broker();
    expect(await publish(await as(user), topic)).toBe(outcome);
  });

  it.each([
    ['agent', 'tinyllm/lab/#', true],
    ['viewer', 'tinyllm/lab/+/prediction', true],
    ['viewer', 'tinyllm/laboratory/#', false],
    ['viewer', '#', false],
    ['viewer', '$SYS/#', false],
    ['board', 'tinyllm/lab/#', false],
  ] as const)('lets the user %s subscribe to %s: %s', async (user, filter, allowed) => {
    const { as } = await broker();
    const client = await as(user);
    const subscribed = client.subscribeAsync(filter, { qos: 1 });
    if (allowed) expect(await subscribed).toEqual([expect.objectContaining({ qos: 1 })]);
    else await expect(subscribed).rejects.toThrow(/Subscribe error/);
  });

  it.each([
    ['nobody', {}],
    ['a wrong password', { username: 'viewer', password: 'guess' }],
    ['a user that does not exist', { username: 'root', password: '' }],
  ])('refuses %s', async (_, login) => {
    const { port } = await broker();
    const options = { protocolVersion: 4, reconnectPeriod: 0, ...login } as const;
    await expect(connectAsync(`mqtt://127.0.0.1:${port}`, options)).rejects.toMatchObject({ code: 4 });
  });

  it("refuses another user's password", async () => {
    const { port, credentials } = await broker();
    const swapped = { username: 'agent', password: credentials.viewer.password } as const;
    await expect(mqttClient(port, swapped)).rejects.toMatchObject({ code: 4 });
  });

  it('speaks MQTT over WebSocket', async () => {
    const { websocketPort, credentials, as } = await broker();
    const heard = await listenTo(await mqttClient(websocketPort!, credentials.viewer, 'ws'), 'tinyllm/lab/#');
    await publish(await as('agent'), topics.state('hub'));
    await eventually(() => expect(heard.get(topics.state('hub'))).toEqual(['x']));
  });

  it('hangs up on a packet of 200 MB when it is announced, logged in or not', async () => {
    const { port } = await broker();
    const socket = connectTcp(port, '127.0.0.1');
    socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x60]));
    socket.resume();
    await once(socket, 'close');
  });

  it('says how to go on when its port is taken', async () => {
    const { port } = await broker();
    await expect(broker({ port })).rejects.toMatchObject({
      message: `port ${port} on 127.0.0.1 is taken`,
      hint: expect.stringMatching(/broker\.embedded\.port .*another broker/),
    });
    await expect(broker({ host: '203.0.113.1' })).rejects.toThrow('is not an address of this machine');
  });

  it('gives its ports back', async () => {
    const first = await broker();
    await first.as('viewer');
    await first.stop();
    expect((await broker({ port: first.port })).port).toBe(first.port);
  });
});
