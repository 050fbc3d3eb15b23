import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Log } from '../../agent/log.ts';
import type { Prediction } from '../../protocols/prediction.ts';
import { writeRecordings } from '../../protocols/recording.ts';
import { Topics } from '../../protocols/topics.ts';
import { REPOSITORY } from '../tools.ts';
import { type Mosquitto, startMosquitto, wireTo } from './mosquitto.ts';
import { batch, eventually, listenTo, mqttClient, runAgent, temporaryFolder } from './rig.ts';

const topics = new Topics('lab');

const brokerOf = ({ url, username, password }: Mosquitto) => ({ url, username, password });

const clientOf = ({ port, ...login }: Mosquitto): Promise<MqttClient> =>
  mqttClient(port, login as Parameters<typeof mqttClient>[1]);

/** Where the wave of `wave()` goes up and down, each window of the test brain has its own sign. */
const WINDOWS = 60;

async function wave(): Promise<string> {
  const rows = WINDOWS * 4;
  const path = join(await temporaryFolder(), 'wave.jsonl');
  const values = Float64Array.from({ length: rows }, (_, i) => (Math.floor(i / 4) % 2 === 0 ? 1 : -1));
  await writeRecordings(path, [
    {
      id: 'wave',
      board: 'wrist-01',
      channels: ['accel.x'],
      rateHz: 10,
      nominalRate: false,
      timesUs: Float64Array.from({ length: rows }, (_, i) => 1_000_000 + i * 100_000),
      values,
      labels: [],
    },
  ]);
  return path;
}

/** Runs an agent in a process of its own until it is online. */
async function spawnAgent(mosquitto: Mosquitto, heard: Map<string, string[]>) {
  const folder = await temporaryFolder();
  const config = join(folder, 'agent.yaml');
  await writeFile(
    config,
    JSON.stringify({ site: 'lab', agent: 'hub', bundle: 'none', broker: brokerOf(mosquitto) }),
  );
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'agent-process.ts'), config, folder],
    { cwd: REPOSITORY, stdio: 'ignore' },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  await eventually(() => expect(heard.get(topics.state('hub'))).toEqual(['{"state":"online"}']));
  return child;
}

describe('an agent at a broker that runs elsewhere', () => {
  it('reads and publishes there', async (test) => {
    const mosquitto = await startMosquitto(test);
    // It needs no state: the passwords are those of the broker.
    await runAgent({ broker: brokerOf(mosquitto) }, { stateDir: '/dev/null/nowhere' });
    const client = await clientOf(mosquitto);
    const heard = await listenTo(client, 'tinyllm/lab/#');
    await client.publishAsync(topics.readings('wrist-01'), batch(1), { qos: 1 });
    await eventually(() => {
      const latest = JSON.parse(heard.get(topics.prediction('wrist-01'))?.at(-1) ?? '{}') as Prediction;
      expect(latest.label).toBe('plus');
      expect(heard.get(topics.availability('wrist-01'))).toEqual(['online']);
    });
  });

  it('says what is wrong when the broker refuses its password', async (test) => {
    const mosquitto = await startMosquitto(test);
    await expect(runAgent({ broker: { ...brokerOf(mosquitto), password: 'guess' } })).rejects.toMatchObject({
      message: expect.stringContaining('refuses our login'),
      hint: expect.stringContaining('broker.password'),
      exitCode: 1,
    });
  });

  it('waits for a broker that is not there yet, and says so once', async (test) => {
    const mosquitto = await startMosquitto(test);
    await mosquitto.kill();
    const lines: string[] = [];
    const keep = (message: string) => void lines.push(message);
    const log: Log = { info: keep, warn: keep, error: keep };
    const starting = runAgent({ broker: brokerOf(mosquitto) }, { log });
    await eventually(() => expect(lines).toHaveLength(1));
    await mosquitto.start();
    await starting;
    expect(lines).toEqual([
      expect.stringMatching(/cannot be reached: .*ECONNREFUSED.*trying again/),
      expect.stringContaining('connected to'),
    ]);
  });

  it('gives up waiting when it is told to', async () => {
    const stop = new AbortController();
    const broker = { url: 'mqtt://127.0.0.1:1' };
    const starting = runAgent({ broker }, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(starting).rejects.toThrow('enough');
  });

  it('says again what holds when the broker comes back with nothing', async (test) => {
    const mosquitto = await startMosquitto(test);
    await runAgent({ broker: brokerOf(mosquitto) });
    const before = await clientOf(mosquitto);
    const heard = await listenTo(before, 'tinyllm/lab/#');
    await before.publishAsync(topics.readings('wrist-01'), batch(1), { qos: 1 });
    await eventually(() => expect(heard.get(topics.availability('wrist-01'))).toEqual(['online']));
    const kept = (topic: string) => heard.get(topic)?.at(-1);
    await eventually(() => expect(heard.get(topics.prediction('wrist-01'))).toHaveLength(2));
    const info = kept(topics.info('hub'));
    const newest = JSON.parse(kept(topics.prediction('wrist-01'))!) as Prediction;

    await mosquitto.kill();
    await mosquitto.start();
    heard.clear();
    const after = await clientOf(mosquitto);
    const again = await listenTo(after, 'tinyllm/lab/#');
    await eventually(() => {
      expect(again.get(topics.state('hub'))).toEqual(['{"state":"online"}']);
      expect(again.get(topics.info('hub'))).toEqual([info]);
      expect(again.get(topics.availability('wrist-01'))).toEqual(['online']);
      expect(again.has(topics.health('hub'))).toBe(true);
      const said = (again.get(topics.prediction('wrist-01')) ?? []).map(
        (text) => JSON.parse(text) as Prediction,
      );
      expect(said).toEqual([{ ...newest, replayed: true }]);
    });

    await after.publishAsync(topics.readings('wrist-02'), batch(-1), { qos: 1 });
    await eventually(() => expect(again.has(topics.prediction('wrist-02'))).toBe(true));
  });

  it('loses no prediction when the line is cut, again and again', async (test) => {
    const mosquitto = await startMosquitto(test);
    const wire = await wireTo(mosquitto.port);
    const heard = await listenTo(await clientOf(mosquitto), topics.prediction('wrist-01'));
    const arrived = () =>
      (heard.get(topics.prediction('wrist-01')) ?? []).map((text) => JSON.parse(text) as Prediction);

    const stateDir = await temporaryFolder();
    const source = { kind: 'replay', recordings: await wave(), speed: 12 } as const;
    const broker = { ...brokerOf(mosquitto), url: `mqtt://127.0.0.1:${wire.port}` };
    const agent = await runAgent({ broker, source }, { stateDir });
    for (const share of [0.1, 0.25, 0.4]) {
      await eventually(() => expect(agent.meter.predictions).toBeGreaterThan(share * WINDOWS));
      wire.cut();
      const cutAt = agent.meter.predictions;
      await eventually(() =>
        expect(agent.meter.predictions).toBeGreaterThanOrEqual(Math.min(cutAt + 3, WINDOWS)),
      );
      wire.mend();
    }
    await agent.done;
    // If it ended without a connection, the rest waits for the next start.
    await runAgent({ broker }, { stateDir });

    await eventually(() => expect(new Set(arrived().map(({ id }) => id)).size).toBe(WINDOWS));
    // The last one is what the broker retains.
    expect(arrived().at(-1)?.window.start).toBe(Math.max(...arrived().map(({ window }) => window.start)));
  });

  it('is said to be offline by the broker when it was killed', async (test) => {
    const mosquitto = await startMosquitto(test);
    const heard = await listenTo(await clientOf(mosquitto), 'tinyllm/lab/bridge/+/state');
    const child = await spawnAgent(mosquitto, heard);
    child.kill('SIGKILL');
    await eventually(() => expect(heard.get(topics.state('hub'))?.at(-1)).toBe('{"state":"offline"}'));
  });

  it('says that it stopped when it was interrupted', async (test) => {
    const mosquitto = await startMosquitto(test);
    const client = await clientOf(mosquitto);
    const heard = await listenTo(client, 'tinyllm/lab/#');
    const child = await spawnAgent(mosquitto, heard);
    await client.publishAsync(topics.readings('wrist-01'), batch(1), { qos: 1 });
    await eventually(() => expect(heard.get(topics.availability('wrist-01'))).toEqual(['online']));

    child.kill('SIGINT');
    const [exit] = (await once(child, 'exit')) as [number];
    expect(exit).toBe(0);
    expect(heard.get(topics.state('hub'))).toEqual(['{"state":"online"}', '{"state":"stopped"}']);
    expect(heard.get(topics.availability('wrist-01'))).toEqual(['online', 'offline']);
  });
});
