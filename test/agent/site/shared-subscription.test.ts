import { connectAsync } from 'mqtt';
import { expect, it, onTestFinished } from 'vitest';
import { Topics } from '../../../protocols/topics.ts';
import { startMosquitto } from '../mosquitto.ts';
import { eventually } from '../rig.ts';

const topics = new Topics('lab');
const MESSAGES = 40;

it('hands each prediction to one of the relays of a shared subscription (MQTT 5, 4.8.2)', async (test) => {
  const { url, username, password } = await startMosquitto(test);
  const login = { username, password, protocolVersion: 5, reconnectPeriod: 0 } as const;
  const relays = await Promise.all(
    ['one', 'two'].map(async () => {
      const heard: string[] = [];
      const client = await connectAsync(url, login);
      onTestFinished(async () => client.endAsync(true));
      client.on('message', (_, payload) => heard.push(payload.toString()));
      await client.subscribeAsync(`$share/relays/${topics.prediction('+')}`, { qos: 1 });
      return heard;
    }),
  );
  const sender = await connectAsync(url, login);
  onTestFinished(async () => sender.endAsync(true));
  const sent = Array.from({ length: MESSAGES }, (_, i) => String(i));
  for (const payload of sent) await sender.publishAsync(topics.prediction('wrist'), payload, { qos: 1 });
  await eventually(() => expect(relays.flat().sort()).toEqual(sent.toSorted()));
  for (const heard of relays) expect(heard.length).toBeGreaterThan(0);
});
