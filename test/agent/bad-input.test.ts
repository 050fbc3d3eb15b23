import type { MqttClient } from 'mqtt';
import { describe, expect, it, type TestContext } from 'vitest';
import type { RunningAgent } from '../../agent/run.ts';
import { type AgentHealth, Topics } from '../../protocols/topics.ts';
import { startMosquitto } from './mosquitto.ts';
import { raw, rawClient } from './mqtt/raw-client.ts';
import { batch, eventually, listenTo, mqttClient, runAgent } from './rig.ts';

const topics = new Topics('lab');
const MB = 1 << 20;

/** An agent whose broker lets everything through, and a client that may do anything there. */
async function openHouse(test: TestContext) {
  const { url, port, username, password } = await startMosquitto(test);
  const client = await mqttClient(port, { username, password });
  const heard = await listenTo(client, 'tinyllm/lab/#');
  const health = (): AgentHealth => JSON.parse(heard.get(topics.health('hub'))?.at(-1) ?? '{}');
  /** Once it hears: what a broker is told before anybody has subscribed is gone. */
  const start = async (): Promise<RunningAgent> => {
    const agent = await runAgent({ broker: { url, username, password }, health: { everyS: 1 } });
    await eventually(async () => {
      await client.publishAsync(topics.readings('good'), batch(1), { qos: 1 });
      expect(agent.meter.readings).toBeGreaterThan(0);
    });
    return agent;
  };
  return { port, login: { username, password }, start, client, heard, health };
}

/** The agent still answers what is good. */
async function answers(agent: RunningAgent, client: MqttClient): Promise<void> {
  const before = agent.meter.predictions;
  await client.publishAsync(topics.readings('good'), batch(1), { qos: 1 });
  await eventually(() => expect(agent.meter.predictions).toBeGreaterThan(before));
}

describe('an agent whose broker lets everything through', () => {
  it.for([
    ['10 MB', () => Buffer.alloc(10 * MB, 0x20)],
    ['a list in a list, half a million deep', () => '['.repeat(500_000)],
    ['an object in an object', () => '{"v":'.repeat(100_000)],
    [
      'a hundred thousand keys',
      () => `{"v":{${Array.from({ length: 50_000 }, (_, i) => `"k${i}":1`).join()}}}`,
    ],
    ['no text', () => Buffer.from([0xff, 0xfe, 0x00, 0xa5])],
  ] as const)('counts a payload of %s, and goes on', async ([, payload], test) => {
    const { start, client, health } = await openHouse(test);
    const agent = await start();
    await client.publishAsync(topics.readings('bad'), payload(), { qos: 1 });
    await eventually(() => {
      const { refused = {} } = health();
      expect(Object.values(refused).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    });
    await answers(agent, client);
  });

  it('counts boards that have no proper name, and goes on', async (test) => {
    const { port, login, start, client, health } = await openHouse(test);
    const agent = await start();
    const board = await rawClient(port, login);
    const names = ['..', 'Desk', 'bridge', 'x'.repeat(300), '__proto__', 'a b', 'tür', '%2e%2e', '-'];
    for (const name of names) board.write(raw.publish(topics.readings(name), batch(1)));
    await eventually(() => expect(health().refused).toEqual({ badBoardId: names.length }));
    await answers(agent, client);
    expect(agent.meter.boards).toBe(1);
  });

  it('counts thousands of retained readings, and stays connected (MQTT.js #823)', async (test) => {
    const { start, client, heard, health } = await openHouse(test);
    const count = 3000;
    for (let i = 0; i < count; i++) {
      client.publish(topics.readings(`board-${i}`), batch(1), { qos: 0, retain: true });
    }
    await eventually(() => expect(heard.size).toBe(count));
    const agent = await start();
    await eventually(() => expect(health().refused).toEqual({ retained: count }));
    await answers(agent, client);
    expect(heard.get(topics.state('hub'))).toEqual(['{"state":"online"}']);
  });
});
