import { connectAsync, type MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';
import { type AgentConfig, type AgentConfigInput, parseAgentConfig } from '../../agent/config.ts';
import { silentLog } from '../../agent/log.ts';
import type { Credential } from '../../agent/mqtt/credentials.ts';
import { type RunningAgent, type StartOptions, startAgent } from '../../agent/run.ts';
import { temporaryFolder } from '../temporary.ts';
import { SignBrain } from './sign-brain.ts';

export { eventually, temporaryFolder } from '../temporary.ts';

/** A configuration with an embedded broker on free ports. */
export const configOf = (changes: Partial<AgentConfigInput> = {}): AgentConfig =>
  parseAgentConfig(
    { site: 'lab', agent: 'hub', bundle: 'none', broker: { embedded: { port: 0 } }, ...changes },
    'the test',
    '/',
  );

/** An agent with a brain that is no model, stopped when the test is over. */
export async function runAgent(
  changes: Partial<AgentConfigInput> = {},
  options: Partial<StartOptions> = {},
): Promise<RunningAgent> {
  const agent = await startAgent(configOf(changes), {
    stateDir: options.stateDir ?? (await temporaryFolder()),
    brain: new SignBrain(),
    log: silentLog,
    ...options,
  });
  onTestFinished(() => agent.stop());
  return agent;
}

/** An MQTT client of the test, disconnected when it is over. */
export async function mqttClient(
  port: number,
  { username, password }: Credential,
  scheme: 'mqtt' | 'ws' = 'mqtt',
): Promise<MqttClient> {
  const client = await connectAsync(`${scheme}://127.0.0.1:${port}`, {
    protocolVersion: 4,
    username,
    password,
    reconnectPeriod: 0,
  });
  client.on('error', () => {});
  onTestFinished(async () => client.endAsync(true));
  return client;
}

/** Everything a client receives on the topics of a filter, as text by topic, oldest first. */
export async function listenTo(client: MqttClient, filter: string): Promise<Map<string, string[]>> {
  const heard = new Map<string, string[]>();
  client.on('message', (topic, payload) => {
    heard.set(topic, [...(heard.get(topic) ?? []), payload.toString()]);
  });
  await client.subscribeAsync(filter, { qos: 1 });
  return heard;
}

/** A batch that fills two windows of `SignBrain`, ending now: the first one is complete. */
export const batch = (value: number, t0 = (Date.now() - 900) * 1000): string =>
  JSON.stringify({ t0, rateHz: 10, channels: ['accel.x'], rows: Array.from({ length: 9 }, () => [value]) });
