import { firstValueFrom, timeout } from 'rxjs';
import { TinyError } from '../../protocols/errors.ts';
import { Topics } from '../../protocols/topics.ts';
import type { AgentConfig } from '../config.ts';
import { silentLog } from '../log.ts';
import { agentClientId } from '../mqtt/access.ts';
import { connectMqtt } from '../mqtt/client.ts';
import { loadCredentials } from '../mqtt/credentials.ts';
import { brokerLogin, brokerUrl, type Login } from '../mqtt/login.ts';
import { type Finding, fail, ok, warn as slow } from './finding.ts';
import { portIsFree } from './tcp-ports.ts';

/** A broker in the same house answers in milliseconds; who waits longer waits for nothing. */
const PATIENCE_MS = 8000;
const SLOW_MS = 500;

/** The broker: that it is there, lets us in, and gives back what we say. */
export async function lookAtBroker(config: AgentConfig, stateDir: string): Promise<Finding[]> {
  if (!('embedded' in config.broker))
    return [await roundTrip(config, () => brokerLogin(config.broker, undefined, silentLog))];
  const { host, port } = config.broker.embedded;
  if (port === 0 || (await portIsFree(host, port)))
    return [ok('broker', `port ${port} on ${host} is free for the embedded broker`)];
  const { agent } = await loadCredentials(stateDir);
  const found = await roundTrip(config, async () => ({
    url: brokerUrl(host, port),
    protocol: '3.1.1',
    ...agent,
  }));
  if (found.status === 'ok') return [{ ...found, message: `an agent runs already: ${found.message}` }];
  return [
    fail(
      'broker',
      `port ${port} on ${host} is taken by something that does not know our passwords`,
      'set broker.embedded.port to a free port, or use that broker with broker.url',
    ),
  ];
}

async function roundTrip({ site, agent }: AgentConfig, findLogin: () => Promise<Login>): Promise<Finding> {
  const topic = new Topics(site).doctor(agent);
  let trouble: string | undefined;
  const warn = (message: string): void => {
    trouble = message;
  };
  try {
    const login = await findLogin();
    const clientId = `${agentClientId(site, agent)}-doctor`;
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const link = await connectMqtt({ ...login, clientId, log: { ...silentLog, warn }, signal });
    try {
      const start = performance.now();
      const heard = firstValueFrom(link.messages$(topic).pipe(timeout(PATIENCE_MS)));
      link.publish(topic, '{}');
      await heard;
      const ms = performance.now() - start;
      const message = `${login.url} lets us in and answers in ${ms.toFixed(0)} ms`;
      return ms <= SLOW_MS
        ? ok('broker', message)
        : slow('broker', message, 'look at the network, and at the load of the broker');
    } finally {
      await link.close();
    }
  } catch (error) {
    if (error instanceof TinyError) return fail('broker', error.message, error.hint);
    return fail(
      'broker',
      trouble?.replace(/; trying again.*/, '') ?? `the broker does not answer within ${PATIENCE_MS / 1000} s`,
      'is the broker started, the address right, its port open in the firewall, and may we read and write below tinyllm/<site>/?',
    );
  }
}
