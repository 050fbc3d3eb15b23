import { firstValueFrom, timeout } from 'rxjs';
import { TinyError } from '../../protocols/errors.ts';
import { Topics } from '../../protocols/topics.ts';
import type { AgentConfig } from '../config.ts';
import { connectMqtt } from '../mqtt/client.ts';
import { loadCredentials } from '../mqtt/credentials.ts';
import { brokerUrl } from '../mqtt/login.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { portIsFree } from './tcp-ports.ts';

/** A broker in the same house answers in milliseconds; who waits longer waits for nothing. */
const PATIENCE_MS = 8000;
const SLOW_MS = 500;

/** The broker: that it is there, lets us in, and gives back what we say. */
export async function lookAtBroker(config: AgentConfig, stateDir: string): Promise<Finding[]> {
  if (!('embedded' in config.broker)) return [await roundTrip(config, config.broker)];
  const { host, port } = config.broker.embedded;
  if (port === 0 || (await portIsFree(host, port)))
    return [ok('broker', `port ${port} on ${host} is free for the embedded broker`)];
  const { agent } = await loadCredentials(stateDir);
  const found = await roundTrip(config, { url: brokerUrl(host, port), ...agent });
  if (found.status === 'ok') return [{ ...found, message: `an agent runs already: ${found.message}` }];
  return [
    fail(
      'broker',
      `port ${port} on ${host} is taken by something that does not know our passwords`,
      'set broker.embedded.port to a free port, or use that broker with broker.url',
    ),
  ];
}

type Login = Pick<Parameters<typeof connectMqtt>[0], 'url' | 'username' | 'password'>;

async function roundTrip({ site, agent }: AgentConfig, login: Login): Promise<Finding> {
  const topic = new Topics(site).doctor(agent);
  try {
    const link = await connectMqtt({
      ...login,
      clientId: `tinyllm-${site}-${agent}-doctor`,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    try {
      const start = performance.now();
      const heard = firstValueFrom(link.messages$(topic).pipe(timeout(PATIENCE_MS)));
      link.publish(topic, '{}');
      await heard;
      const ms = performance.now() - start;
      const message = `${login.url} lets us in and answers in ${ms.toFixed(0)} ms`;
      return ms <= SLOW_MS
        ? ok('broker', message)
        : warn('broker', message, 'look at the network, and at the load of the broker');
    } finally {
      await link.close();
    }
  } catch (error) {
    if (error instanceof TinyError) return fail('broker', error.message, error.hint);
    return (error as Error).name === 'TimeoutError'
      ? fail(
          'broker',
          `${login.url} does not answer within ${PATIENCE_MS / 1000} s`,
          'is the broker started, the address right, and its port open in the firewall?',
        )
      : fail('broker', `${login.url}: ${(error as Error).message}`, 'check broker.url');
  }
}
