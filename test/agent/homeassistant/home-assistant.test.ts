import { expect, it } from 'vitest';
import { batch, eventually, listenTo, mqttClient, runAgent } from '../rig.ts';
import { DISCOVERY_TOPIC, deviceDiscovery } from './schema.ts';

const described = (heard: ReadonlyMap<string, string[]>): [topic: string, payloads: string[]][] =>
  [...heard].filter(([topic]) => topic.startsWith('homeassistant/'));

it('describes a board to Home Assistant with its first reading, and tells it what begins', async () => {
  const agent = await runAgent({ homeAssistant: {}, episodes: { leastS: 0 } });
  const client = await mqttClient(agent.broker!.port, agent.broker!.credentials.agent);
  const heard = await listenTo(client, 'homeassistant/#');
  await client.subscribeAsync(agent.topics.event('desk'), { qos: 1 });
  await client.publishAsync(agent.topics.readings('desk'), batch(1), { qos: 1 });
  await eventually(() => {
    expect(described(heard)).toHaveLength(1);
    expect(heard.has(agent.topics.event('desk'))).toBe(true);
  });
  const [[topic, [payload]]] = described(heard) as [[string, [string]]];
  expect(topic).toMatch(DISCOVERY_TOPIC);
  const { components } = deviceDiscovery.parse(JSON.parse(payload));
  expect(components.event).toMatchObject({ state_topic: agent.topics.event('desk') });
});

it('says nothing to Home Assistant unless it is asked to', async () => {
  const agent = await runAgent();
  const client = await mqttClient(agent.broker!.port, agent.broker!.credentials.agent);
  const heard = await listenTo(client, 'homeassistant/#');
  await client.subscribeAsync(agent.topics.prediction('desk'), { qos: 1 });
  await client.publishAsync(agent.topics.readings('desk'), batch(1), { qos: 1 });
  await eventually(() => expect(heard.has(agent.topics.prediction('desk'))).toBe(true));
  expect(described(heard)).toEqual([]);
});

it('does not describe a board that the model cannot answer', async () => {
  const agent = await runAgent({ homeAssistant: {} });
  const client = await mqttClient(agent.broker!.port, agent.broker!.credentials.agent);
  const heard = await listenTo(client, 'homeassistant/#');
  await client.publishAsync(agent.topics.readings('thermometer'), '{"v":{"temperature":21.5}}', { qos: 1 });
  await client.publishAsync(agent.topics.readings('desk'), batch(1), { qos: 1 });
  await eventually(() => expect(described(heard)).toHaveLength(1));
  const [[topic]] = described(heard) as [[string, string[]]];
  expect(topic).toContain('desk');
});
