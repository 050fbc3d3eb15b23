import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelsOf } from '../../agent/config/bundles.ts';
import { loadAgentConfig, parseAgentConfig } from '../../agent/config.ts';
import { readRepositoryFile } from '../architecture/files.ts';
import { REPOSITORY } from '../tools.ts';
import { temporaryFolder } from './rig.ts';

const smallest = { site: 'lab', agent: 'hub', bundle: 'models/x', broker: { embedded: {} } };
const parse = (changes: object) => parseAgentConfig({ ...smallest, ...changes }, 'hub.yaml', '/etc/tinyllm');

describe('an agent configuration', () => {
  it('needs four keys; the rest has defaults that keep to this machine', () => {
    expect(parse({})).toMatchObject({
      site: 'lab',
      agent: 'hub',
      bundle: '/etc/tinyllm/models/x',
      source: { kind: 'mqtt' },
      broker: { embedded: { host: '127.0.0.1', port: 1883 } },
      load: 'newest',
      episodes: { idle: [] },
      availability: { offlineAfterS: 30 },
      health: { everyS: 10 },
      admission: { futureToleranceMs: 2000, pastToleranceMs: 600_000 },
      schedules: [],
      guards: { latency: 'refuse', memory: 'refuse' },
      log: { level: 'info' },
      boards: { max: 1000, forgetAfterS: 3600, reorderMs: 0 },
    });
  });

  it('names one model or several, each with its variant', () => {
    const bundle = ['models/x', { bundle: 'models/y', variant: 'int8' }];
    expect(modelsOf(parse({ variant: 'q8' }))).toEqual([{ bundle: '/etc/tinyllm/models/x', variant: 'q8' }]);
    expect(modelsOf(parse({ bundle }))).toEqual([
      { bundle: '/etc/tinyllm/models/x' },
      { bundle: '/etc/tinyllm/models/y', variant: 'int8' },
    ]);
    expect(() => parse({ bundle, variant: 'q8' })).toThrow(/variant: of which bundle\? Name it in the list/);
    expect(() => parse({ bundle: [] })).toThrow(/bundle/);
  });

  it('scores every window of a replay, and finds its file beside itself', () => {
    const source = { kind: 'replay', recordings: '../data/swim.jsonl.gz', speed: 'max' };
    expect(parse({ source })).toMatchObject({
      load: 'every',
      source: { recordings: '/etc/data/swim.jsonl.gz', speed: 'max', loop: false },
    });
  });

  it.each([
    ['mqtt://x', { websocketUrl: 'ws://x:9001' }, 'ws://x:9001'],
    ['wss://x/mqtt', {}, 'wss://x/mqtt'],
  ])('gives the page a way to the broker %s', (url, more, websocketUrl) => {
    expect(parse({ broker: { url, ...more }, dashboard: {} }).broker).toEqual({ url, websocketUrl });
  });

  it.each([
    ['an unknown key', { brocker: {} }, /unknown key "brocker"/],
    ['an unknown key inside', { broker: { embedded: { prot: 1 } } }, /unknown key "broker\.embedded\.prot"/],
    ['a site that is no topic', { site: 'my/home' }, /site: lower-case letters/],
    ['two brokers', { broker: { embedded: {}, url: 'mqtt://x' } }, /broker: give one of/],
    ['no broker', { broker: {} }, /broker: give one of/],
    ['a user in the address', { broker: { url: 'mqtt://me:secret@x' } }, /broker\.url: .*keys of its own/],
    ['a password without a user', { broker: { url: 'mqtt://x', password: 'p' } }, /needs a `username`/],
    ['a user for its own broker', { broker: { embedded: {}, username: 'me' } }, /makes its own users/],
    ['boards that would have to wait', { load: 'every' }, /load: boards cannot be made to wait/],
    [
      'a deadline where nothing is given up',
      { source: { kind: 'replay', recordings: 'x' }, deadlineMs: 500 },
      /deadlineMs: nothing is given up under/,
    ],
    ['a speed of zero', { source: { kind: 'replay', recordings: 'x', speed: 0 } }, /source\.speed: /],
    ['an unknown source', { source: { kind: 'usb' } }, /source\.kind/],
    [
      'a page that cannot reach its broker',
      { dashboard: {} },
      /dashboard: .*broker\.embedded\.websocketPort, such as 9001/,
    ],
    [
      'a page that cannot reach a broker elsewhere',
      { broker: { url: 'mqtt://x' }, dashboard: {} },
      /dashboard: .*broker\.websocketUrl/,
    ],
    [
      'another WebSocket for its own broker',
      { broker: { embedded: {}, websocketUrl: 'ws://x' } },
      /websocketPort/,
    ],
    ['a port out of range', { dashboard: { port: 70_000 } }, /dashboard\.port/],
  ])('is refused with %s', (_, changes, message) => {
    expect(() => parse(changes)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message), exitCode: 78 }),
    );
    expect(() => parse(changes)).toThrow(/^hub\.yaml: /);
  });

  it.each(['gesture-hub', 'external-broker'])('has a good sample: %s', async (sample) => {
    const folder = await temporaryFolder();
    const text = readRepositoryFile(`configs/agents/${sample}.yaml`);
    await writeFile(join(folder, 'agent.yaml'), text);
    await writeFile(join(folder, 'broker-password'), 'correct horse\n');
    const { broker } = await loadAgentConfig(join(folder, 'agent.yaml'));
    expect(broker).toEqual(
      sample === 'gesture-hub'
        ? { embedded: { host: '127.0.0.1', port: 1883, websocketPort: 9001 } }
        : { url: 'mqtt://192.168.1.10:1883', username: 'tinyllm', password: 'correct horse' },
    );
  });

  it('tells rules about several keys together with the mistakes of others, and not those of keys that are wrong', () => {
    const problems = (changes: object): string => {
      try {
        parse(changes);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    const told = problems({ dashboard: {}, load: 'every', threads: 0, helth: {} });
    expect(told).toMatch(/dashboard: the page speaks MQTT over WebSocket/);
    expect(told).toMatch(/load: boards cannot be made to wait/);
    expect(told).toMatch(/threads: at least 1/);
    expect(told).toMatch(/unknown key "helth"/);
    expect(problems({ dashboard: {}, broker: { embedded: { port: 'x' } } })).not.toMatch(/WebSocket/);
    const broker = { url: 'mqtt://nas', password: 'x', tls: { cert: 'a' }, protocol: '4' };
    expect(problems({ broker })).toMatch(/a password needs a `username`/);
    expect(problems({ broker })).toMatch(/give both `cert` and `key`/);
    // A misspelt key is told once.
    expect(problems({ broker: { urll: 'mqtt://nas' } })).not.toMatch(/give one of/);
  });

  it('of docs/raspberry-pi.md is good', async () => {
    const [, yaml] = /^```yaml\n(.*?)^```$/ms.exec(readRepositoryFile('docs/raspberry-pi.md')) ?? [];
    const path = join(await temporaryFolder(), 'agent.yaml');
    await writeFile(path, yaml!);
    expect(await loadAgentConfig(path)).toMatchObject({ agent: 'pi', dashboard: { port: 8080 } });
  });

  it.each(['gesture-hub', 'external-broker'])('names files that exist, in comments too: %s', (sample) => {
    const text = readRepositoryFile(`configs/agents/${sample}.yaml`);
    const named = [...text.matchAll(/^[# ]*(?:bundle|recordings): (\S+)$/gm)].map(([, path]) => path!);
    expect(named).not.toEqual([]);
    expect(named.filter((path) => !existsSync(join(REPOSITORY, 'configs/agents', path)))).toEqual([]);
  });

  it.each([
    ['broken YAML', 'site: lab\nagent: [hub\nbundle: x\n', /agent\.yaml:3:1: /],
    ['a key given twice', 'site: lab\nsite: lab\n', /agent\.yaml:2:1: .*unique/],
    ['an empty file', '', /agent\.yaml:1:1: expected object/],
  ])('is refused with its line: %s', async (_, text, message) => {
    const path = join(await temporaryFolder(), 'agent.yaml');
    await writeFile(path, text);
    await expect(loadAgentConfig(path)).rejects.toMatchObject({
      message: expect.stringMatching(message),
      exitCode: 78,
    });
  });

  it.each([
    ['agent.yaml', 'check the path'],
    ['broker-password', 'write the password of user "me" into it: printf %s PASSWORD > '],
  ])('is refused when %s is missing', async (missing, hint) => {
    const folder = await temporaryFolder();
    const broker = { url: 'mqtt://x', username: 'me', passwordFile: 'broker-password' };
    if (missing !== 'agent.yaml') {
      await writeFile(join(folder, 'agent.yaml'), JSON.stringify({ ...smallest, broker }));
    }
    await expect(loadAgentConfig(join(folder, 'agent.yaml'))).rejects.toMatchObject({
      message: `there is no file ${join(folder, missing)}`,
      hint: expect.stringContaining(hint),
      exitCode: 78,
    });
  });
});
