import { once } from 'node:events';
import fc from 'fast-check';
import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { eventually, listenTo } from '../rig.ts';
import { broker, publish, topics, warningsIn } from './broker-rig.ts';
import { raw, rawClient, rawSocket } from './raw-client.ts';

describe('the embedded broker and clients that mean no good', () => {
  it('counts what it refuses, says each once, and closes the connection of who publishes for others', async () => {
    const lines: string[] = [];
    const users = { 'wrist-01': { board: 'wrist-01' } };
    const started = await broker({ users, log: warningsIn(lines) });
    const own = await started.as('wrist-01');
    expect(await publish(own, topics.readings('wrist-01'))).toBe('taken');
    for (let i = 0; i < 3; i++) {
      expect(await publish(await started.as('wrist-01'), topics.readings('wrist-02'))).toBe('closed');
    }
    expect(started.refused).toEqual({ publish: 3 });
    expect(lines).toEqual([
      'broker: wrist-01 may publish on tinyllm/lab/wrist-01/readings, not on tinyllm/lab/wrist-02/readings',
    ]);
    expect(own.connected).toBe(true);
  });

  it('lets nobody in whose last will is for others', async () => {
    const started = await broker();
    const will = { topic: topics.state('hub'), payload: Buffer.from('gone'), qos: 0, retain: true } as const;
    const options = { protocolVersion: 4, reconnectPeriod: 0, will, ...started.credentials.board } as const;
    const connecting = connectAsync(`mqtt://127.0.0.1:${started.port}`, options);
    await expect(connecting).rejects.toMatchObject({ code: 5 });
    await eventually(() => expect(started.refused).toEqual({ publish: 1 }));
  });

  it('retains no readings, and passes them on', async () => {
    const started = await broker();
    const heard = await listenTo(await started.as('viewer'), 'tinyllm/lab/#');
    const board = await started.as('board');
    await board.publishAsync(topics.readings('desk'), 'x', { qos: 1, retain: true });
    await eventually(() => expect(heard.get(topics.readings('desk'))).toEqual(['x']));
    const later = await listenTo(await started.as('viewer'), 'tinyllm/lab/#');
    await (await started.as('agent')).publishAsync(topics.state('hub'), 'y', { qos: 1 });
    await eventually(() => expect(later.size).toBe(1));
    expect(later.has(topics.readings('desk'))).toBe(false);
    expect(started.refused).toEqual({ retain: 1 });
  });

  it('takes as many clients as it is told to, and its agent besides', async () => {
    const started = await broker({ maxClients: 2 });
    const first = await started.as('viewer');
    await started.as('board');
    await expect(started.as('viewer')).rejects.toMatchObject({ code: 3 });
    expect((await started.as('agent')).connected).toBe(true);
    expect(started.clients).toBe(3);
    await first.endAsync();
    const agent = await started.as('agent');
    await agent.endAsync();
    await eventually(() => expect(started.clients).toBe(2));
    await eventually(() => expect(started.refused).toEqual({ clients: 1 }));
  });

  it('grants a client a hundred subscriptions, also in one packet', async () => {
    const started = await broker();
    const viewer = await rawClient(started.port, started.credentials.viewer);
    const granted = once(viewer, 'data') as Promise<[Buffer]>;
    viewer.write(raw.subscribe(...Array.from({ length: 150 }, (_, i) => `tinyllm/lab/board-${i}/#`)));
    const codes = [...(await granted)[0].subarray(-150)];
    expect(codes.filter((code) => code === 0)).toHaveLength(100);
    expect(codes.filter((code) => code === 0x80)).toHaveLength(50);
    expect(started.refused).toEqual({ subscribe: 50 });
  });

  it.each([
    ['a level up', 'tinyllm/lab/../readings'],
    ['NUL', 'tinyllm/lab/de\0sk/readings'],
    ['a wildcard', 'tinyllm/lab/+/readings'],
    ['all', 'tinyllm/lab/#'],
    ['a name without end', `tinyllm/lab/${'x'.repeat(60_000)}/readings`],
    [
      'bytes that are no UTF-8',
      Buffer.concat([Buffer.from('tinyllm/lab/'), Buffer.from([0xff, 0xc0]), Buffer.from('/readings')]),
    ],
    ['a thousand levels', `tinyllm/lab/${'a/'.repeat(1000)}readings`],
    ['no topic', ''],
  ])('closes the connection that publishes on a topic with %s, and serves the others', async (_, topic) => {
    const started = await broker();
    const heard = await listenTo(await started.as('viewer'), 'tinyllm/lab/#');
    const bad = await rawClient(started.port, started.credentials.board);
    const closed = once(bad, 'close');
    bad.write(raw.publish(topic, 'x'));
    await closed;
    await publish(await started.as('board'), topics.readings('desk'));
    await eventually(() => expect([...heard.keys()]).toEqual([topics.readings('desk')]));
    const { publish: refused = 0, protocol = 0 } = started.refused;
    expect(refused + protocol).toBe(1);
  });

  it('is not held up by a reader that has stopped reading', async () => {
    const started = await broker();
    const frozen = await rawClient(started.port, started.credentials.viewer);
    frozen.write(raw.subscribe('tinyllm/lab/#'));
    await once(frozen, 'data');
    frozen.pause();
    const heard = { messages: 0 };
    const viewer = await started.as('viewer');
    viewer.on('message', () => void heard.messages++);
    await viewer.subscribeAsync('tinyllm/lab/#', { qos: 1 });
    const agent = await started.as('agent');
    const payload = Buffer.alloc(500_000);
    // Far more than the system and the broker keep for a connection.
    for (let i = 0; i < 60; i++) await agent.publishAsync(topics.state('hub'), payload, { qos: 1 });
    await eventually(() => expect(heard.messages).toBe(60));
    expect(started.refused.slow).toBeGreaterThan(0);
  });

  it('goes on whatever bytes come', async () => {
    const started = await broker();
    const heard = await listenTo(await started.as('viewer'), 'tinyllm/lab/#');
    const login = raw.connect(started.credentials.board);
    const good = raw.publish(topics.readings('desk'), 'x');
    const bytes = fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some));
    const damaged = fc
      .tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 }))
      .map(([at, value]) =>
        Buffer.concat([good.subarray(0, at), Buffer.from([value]), good.subarray(at + 1)]),
      );
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.oneof(bytes, damaged), { maxLength: 5 }),
        async (known, parts) => {
          const socket = await rawSocket(started.port);
          socket.resume();
          const closed = once(socket, 'close');
          socket.end(Buffer.concat([...(known ? [login] : []), ...parts]));
          await closed;
        },
      ),
      { numRuns: 100 },
    );
    await publish(await started.as('board'), topics.readings('lamp'));
    await eventually(() => expect(heard.has(topics.readings('lamp'))).toBe(true));
  });
});
