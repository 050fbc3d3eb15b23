import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect, connectAsync, type IConnackPacket, type MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Log, type LogFields, silentLog } from '../../../agent/log.ts';
import { agentClientId } from '../../../agent/mqtt/access.ts';
import { type Broker, startBroker } from '../../../agent/mqtt/broker.ts';
import { type Credentials, loadCredentials, type User } from '../../../agent/mqtt/credentials.ts';
import { Topics } from '../../../protocols/topics.ts';
import { eventually, listenTo, mqttClient, temporaryFolder } from '../rig.ts';

const topics = new Topics('lab');

async function broker(
  changes: { port?: number; host?: string; log?: Log } = {},
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
    ['viewer', 'tinyllm/#', true],
    ['viewer', 'tinyllm/+/wrist-01/#', true],
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

  it('names each mistake in its log, and each once', async () => {
    const said: string[] = [];
    const log: Log = { ...silentLog, warn: (text) => void said.push(text) };
    const { as, credentials, port } = await broker({ log });
    await expect(mqttClient(port, { ...credentials.board, password: 'guess' })).rejects.toThrow();
    for (const name of ['Desk1', 'Desk1', 'desk 2']) await publish(await as('board'), topics.readings(name));
    await publish(await as('board'), 'tinyllm/office/desk/readings');
    await publish(await as('viewer'), topics.readings('desk'));
    const rule = 'lower-case letters, digits, _ and - only, at most 63, not "bridge"';
    expect(said).toEqual([
      'broker: refused a client with a wrong username or password',
      `broker: "Desk1" is no board id: ${rule}`,
      `broker: "desk 2" is no board id: ${rule}`,
      'broker: board may publish on tinyllm/lab/<board>/readings, not on tinyllm/office/desk/readings',
      'broker: viewer may not publish on tinyllm/lab/desk/readings',
    ]);
  });

  it('keeps the client ids of agents for the user agent', async () => {
    const { port, credentials } = await broker();
    const connectAs = (user: User) =>
      connectAsync(`mqtt://127.0.0.1:${port}`, {
        protocolVersion: 4,
        clientId: agentClientId('lab', 'hub'),
        reconnectPeriod: 0,
        ...credentials[user],
      });
    const agent = await connectAs('agent');
    onTestFinished(async () => void (await agent.endAsync(true)));
    for (const user of ['board', 'viewer'] as const)
      await expect(connectAs(user)).rejects.toMatchObject({ code: 2 });
    expect(agent.connected).toBe(true);
  });

  it('keeps no session of a client that has gone, whatever it asks for', async () => {
    const { port, credentials, as } = await broker();
    const options = { protocolVersion: 4, clientId: 'forgetful', clean: false, reconnectPeriod: 0 } as const;
    const connectAgain = () => connect(`mqtt://127.0.0.1:${port}`, { ...options, ...credentials.viewer });
    const first = connectAgain();
    await new Promise((resolve) => first.once('connect', resolve));
    await first.subscribeAsync('tinyllm/lab/#', { qos: 1 });
    await first.endAsync();
    await publish(await as('agent'), topics.state('hub'));

    const second = connectAgain();
    onTestFinished(async () => void (await second.endAsync(true)));
    const heard: string[] = [];
    second.on('message', (topic) => heard.push(topic));
    const connack = await new Promise<IConnackPacket>((resolve) => second.once('connect', resolve));
    expect(connack.sessionPresent).toBe(false);
    await second.subscribeAsync('tinyllm/lab/+/readings', { qos: 1 });
    expect(heard).toEqual([]);
  });

  it('shows little of what a client calls itself', async () => {
    const lines: LogFields[] = [];
    const log: Log = { ...silentLog, warn: (_, fields = {}) => void lines.push(fields) };
    const { port } = await broker({ log });
    const options = { protocolVersion: 4, reconnectPeriod: 0, clientId: 'x'.repeat(60_000) } as const;
    await expect(connectAsync(`mqtt://127.0.0.1:${port}`, options)).rejects.toMatchObject({ code: 4 });
    await eventually(() => expect(lines).toEqual([{ client: `${'x'.repeat(200)}..` }]));
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

  it('sends who asks for a page at its WebSocket port away', async () => {
    const { websocketPort } = await broker();
    const { status, headers } = await fetch(`http://127.0.0.1:${websocketPort}/`);
    expect([status, headers.get('upgrade')]).toEqual([426, 'websocket']);
  });

  it.each(['port', 'websocketPort'] as const)(
    'stops although somebody on its %s says nothing more',
    async (which) => {
      const started = await broker();
      const silent = connectTcp(started[which]!, '127.0.0.1');
      await once(silent, 'connect');
      silent.on('error', () => {}).write(which === 'port' ? Buffer.from([0x10]) : 'GET / HTTP/1.1\r\nHost: ');
      const cut = once(silent, 'close');
      await started.stop();
      await cut;
    },
  );

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
