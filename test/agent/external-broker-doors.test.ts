import { describe, expect, it } from 'vitest';
import type { AgentConfigInput } from '../../agent/config.ts';
import { type Log, silentLog } from '../../agent/log.ts';
import type { Credential } from '../../agent/mqtt/credentials.ts';
import { Topics } from '../../protocols/topics.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.ts';
import { broker as embeddedBroker } from './mqtt/broker-rig.ts';
import { batch, eventually, listenTo, mqttClient, runAgent } from './rig.ts';
import { secureMosquitto } from './secure-mosquitto.ts';

const topics = new Topics('lab');
type Scheme = 'mqtt' | 'mqtts' | 'ws' | 'wss';
type Broker = AgentConfigInput['broker'];

/** Through its second listener, unless that is of no interest. */
const brokerOf = ({ port, doorPort, username, password }: Mosquitto, scheme: Scheme) => ({
  url: `${scheme}://localhost:${scheme === 'mqtt' ? port : doorPort}`,
  username,
  password,
});

/** An agent at this broker answers what a board sends to the same broker, by a door that is always open. */
async function answersAt(broker: Broker, port: number, login: Credential): Promise<void> {
  await runAgent({ broker });
  const client = await mqttClient(port, login);
  const heard = await listenTo(client, 'tinyllm/lab/#');
  await client.publishAsync(topics.readings('wrist-01'), batch(1), { qos: 1 });
  await eventually(() => expect(heard.get(topics.prediction('wrist-01'))?.at(-1)).toContain('"plus"'));
}

/** Start an agent that cannot reach its broker, until it has said why. */
async function whyNotAt(broker: Broker): Promise<string> {
  const lines: string[] = [];
  const log: Log = { ...silentLog, warn: (message) => void lines.push(message) };
  const stop = new AbortController();
  const starting = runAgent({ broker }, { log, signal: stop.signal });
  await eventually(() => expect(lines).toHaveLength(1));
  stop.abort(new Error('enough'));
  await expect(starting).rejects.toThrow('enough');
  expect(lines[0]).toMatch(/; trying again until it works$/);
  return lines[0]!;
}

describe('an agent at a broker elsewhere', () => {
  it.for(['5', '3.1.1'] as const)('speaks MQTT %s', async (protocol, test) => {
    const mosquitto = await startMosquitto(test);
    await answersAt({ ...brokerOf(mosquitto, 'mqtt'), protocol }, mosquitto.port, mosquitto);
  });

  it('speaks MQTT 3.1.1 with a broker that does not know 5, without a word about it', async () => {
    const { port, credentials } = await embeddedBroker();
    const lines: string[] = [];
    const log: Log = { ...silentLog, warn: (message) => void lines.push(message) };
    const broker = { url: `mqtt://127.0.0.1:${port}`, ...credentials.agent };
    const agent = await runAgent({ broker }, { log });
    const board = await mqttClient(port, credentials.board);
    await board.publishAsync(topics.readings('wrist-01'), batch(1), { qos: 1 });
    await eventually(() => expect(agent.meter.predictions).toBeGreaterThan(0));
    expect(lines).toEqual([]);
  });

  it('speaks MQTT over WebSocket', async (test) => {
    const mosquitto = await startMosquitto(test, { door: ['protocol websockets'] });
    await answersAt(brokerOf(mosquitto, 'ws'), mosquitto.port, mosquitto);
  });

  it.for(['mqtts', 'wss'] as const)('speaks %s, and knows the broker by its CA', async (scheme, test) => {
    const more = () => (scheme === 'wss' ? ['protocol websockets'] : []);
    const { authority, mosquitto } = await secureMosquitto(test, { more });
    const broker = { ...brokerOf(mosquitto, scheme), tls: { ca: authority.ca } };
    await answersAt(broker, mosquitto.port, mosquitto);
  });

  it('shows its certificate to a broker that wants one', async (test) => {
    const { authority, mosquitto } = await secureMosquitto(test, {
      more: (one) => [`cafile ${one.ca}`, 'require_certificate true'],
    });
    const broker = brokerOf(mosquitto, 'mqtts');
    const { ca } = authority;
    expect(await whyNotAt({ ...broker, tls: { ca } })).toMatch(/broker\.tls\.cert and broker\.tls\.key/);
    const ours = await authority.sign('agent');
    await answersAt({ ...broker, tls: { ca, ...ours } }, mosquitto.port, mosquitto);
  });
});

describe('an agent that cannot reach its broker says why, and what to do', () => {
  it.for([
    ['is signed by nobody it knows', {}, /name the certificate of who signed .* in broker\.tls\.ca/],
    ['has another name', { names: 'DNS:elsewhere' }, /DNS:elsewhere; use a name of its certificate/],
    ['has ended', { days: -1 }, /expired; renew the broker's certificate, or set the clock/],
  ] as const)('when the certificate %s', async ([what, options, why], test) => {
    const { authority, mosquitto } = await secureMosquitto(test, options);
    const tls = what === 'is signed by nobody it knows' ? {} : { tls: { ca: authority.ca } };
    expect(await whyNotAt({ ...brokerOf(mosquitto, 'mqtts'), ...tls })).toMatch(why);
  });

  it('when one side speaks TLS and the other does not', async (test) => {
    const plain = await startMosquitto(test, { door: [] });
    expect(await whyNotAt(brokerOf(plain, 'mqtts'))).toMatch(/check that this is its port for TLS, 8883/);
    const { mosquitto } = await secureMosquitto(test);
    const wrong = brokerOf(mosquitto, 'mqtts').url.replace('mqtts', 'mqtt');
    expect(await whyNotAt({ url: wrong })).toMatch(/if this is its port for TLS, write mqtts:\/\//);
  });

  it.each([
    ['mqtt://127.0.0.1:1', /ECONNREFUSED.*; start the broker, or check host and port/],
    ['mqtt://no-such-host.invalid', /ENOTFOUND.*|EAI_AGAIN.*; check the host name/],
  ])('when nobody is at %s', async (url, why) => {
    expect(await whyNotAt({ url })).toMatch(why);
  });

  it.each([
    ['ca', { ca: '/nowhere/ca.crt' }],
    ['cert', { cert: '/nowhere/agent.crt', key: '/nowhere/agent.key' }],
  ])('when the file of its %s is not there: it does not start', async (key, tls) => {
    await expect(runAgent({ broker: { url: 'mqtts://localhost', tls } })).rejects.toMatchObject({
      message: expect.stringContaining('there is no file /nowhere/'),
      hint: `check broker.tls.${key}`,
      exitCode: 78,
    });
  });
});

describe('an agent whose broker does not let it write', () => {
  const acl = 'user tinyllm\ntopic read tinyllm/lab/#\ntopic write tinyllm/lab/bridge/#\n';

  it('names topic and fix, and goes on with what it may do', async (test) => {
    const mosquitto = await startMosquitto(test, { acl: `${acl}topic write tinyllm/lab/+/readings\n` });
    const broker = brokerOf(mosquitto, 'mqtt');
    const lines: string[] = [];
    const log: Log = { ...silentLog, warn: (message) => void lines.push(message) };
    const agent = await runAgent({ broker, health: { everyS: 1 } }, { log });
    const client = await mqttClient(mosquitto.port, mosquitto);
    const heard = await listenTo(client, 'tinyllm/lab/#');
    await client.publishAsync(topics.readings('wrist-01'), batch(1), { qos: 1 });
    await eventually(() => expect(agent.meter.predictions).toBeGreaterThan(0));
    await eventually(() =>
      expect(lines).toContainEqual(
        expect.stringMatching(
          /does not take messages on tinyllm\/lab\/wrist-01\/\w+: .*Not authorized; give .* the right to write/,
        ),
      ),
    );
    heard.clear();
    await eventually(() => expect(heard.has(topics.health('hub'))).toBe(true));
    expect(heard.has(topics.prediction('wrist-01'))).toBe(false);
  });
});
