import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connectAsync } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Log, type LogFields, silentLog } from '../../../agent/log.ts';
import { agentClientId } from '../../../agent/mqtt/access.ts';
import { eventually, listenTo, mqttClient } from '../rig.ts';
import { broker, publish, topics, warningsIn } from './broker-rig.ts';

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
    const { as, credentials, port } = await broker({ log: warningsIn(said) });
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

  it('gives each user client ids of its own: the id of the agent is nothing to a board', async () => {
    const { port, credentials } = await broker();
    const connectAs = async (user: 'agent' | 'board') => {
      const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
        protocolVersion: 4,
        clientId: agentClientId('lab', 'hub'),
        reconnectPeriod: 0,
        ...credentials[user],
      });
      onTestFinished(async () => void (await client.endAsync(true)));
      return client;
    };
    const agent = await connectAs('agent');
    const board = await connectAs('board');
    expect(await publish(board, topics.readings('desk'))).toBe('taken');
    expect(await publish(agent, topics.state('hub'))).toBe('taken');
    // The same user under the same id is the same client, which has come back.
    const cut = new Promise<void>((resolve) => agent.once('close', resolve));
    await connectAs('agent');
    await cut;
  });

  it('shows little of what a client calls itself', async () => {
    const lines: LogFields[] = [];
    const log: Log = { ...silentLog, warn: (_, fields = {}) => void lines.push(fields) };
    const { port } = await broker({ log });
    const options = { protocolVersion: 4, reconnectPeriod: 0, clientId: 'x'.repeat(60_000) } as const;
    await expect(connectAsync(`mqtt://127.0.0.1:${port}`, options)).rejects.toMatchObject({ code: 4 });
    await eventually(() => expect(lines).toEqual([{ client: `/${'x'.repeat(199)}..` }]));
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
