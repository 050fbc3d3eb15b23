import { connectAsync, type MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';
import { type Log, silentLog } from '../../../agent/log.ts';
import { type Broker, type BrokerOptions, startBroker } from '../../../agent/mqtt/broker.ts';
import { loadCredentials } from '../../../agent/mqtt/credentials.ts';
import { Topics } from '../../../protocols/topics.ts';
import { mqttClient, temporaryFolder } from '../rig.ts';

export const topics = new Topics('lab');

/** An embedded broker on free ports of this machine, stopped when the test is over. */
export async function broker(
  changes: Partial<BrokerOptions> = {},
): Promise<Broker & { as: (user: string) => Promise<MqttClient> }> {
  const credentials =
    changes.credentials ?? (await loadCredentials(await temporaryFolder(), changes.users ?? {}));
  const started = await startBroker({
    host: '127.0.0.1',
    port: 0,
    websocketPort: 0,
    credentials,
    topics,
    ...changes,
  });
  onTestFinished(() => started.stop());
  const as = (user: string) => mqttClient(started.port, credentials[user]!);
  // Not spread: its counters are read when they are asked for.
  return Object.assign(started, { as });
}

/** Publish, and tell whether the broker took it or closed the connection. */
export async function publish(client: MqttClient, topic: string): Promise<'taken' | 'closed'> {
  const closed = new Promise<'closed'>((resolve) => client.once('close', () => resolve('closed')));
  const done = client.publishAsync(topic, 'x', { qos: 1 }).then(
    () => 'taken' as const,
    () => closed,
  );
  return Promise.race([done, closed]);
}

/** A client with a session of its own, disconnected when the test is over. */
export async function sessionOf(
  port: number,
  login: { readonly username: string; readonly password: string },
  clientId: string,
): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: 4,
    clientId,
    clean: false,
    reconnectPeriod: 0,
    ...login,
  });
  client.on('error', () => {});
  onTestFinished(async () => void (await client.endAsync(true)));
  return client;
}

/** A log that keeps its warnings in `lines`. */
export const warningsIn = (lines: string[]): Log => ({
  ...silentLog,
  warn: (message) => void lines.push(message),
});
