// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what a person writes
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../agent/config/secrets.ts';
import { loadAgentFile } from '../../agent/config.ts';
import { hidingSecrets } from '../../agent/secret-sink.ts';
import { temporaryFolder } from './rig.ts';

const CONFIG = `
site: \${SITE:-home}
agent: hub
bundle: \${MODELS}/gesture
broker:
  url: mqtt://\${BROKER_HOST}:\${BROKER_PORT}
  username: tinyllm
  password: !secret mqtt
health:
  everyS: \${EVERY}
`;
const VARIABLES = { MODELS: '/models', BROKER_HOST: 'nas', BROKER_PORT: '1883', EVERY: '20' };

async function load(config: string, secrets?: string) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'agent.yaml'), config);
  if (secrets !== undefined) await writeFile(join(folder, 'secrets.yaml'), secrets);
  return loadAgentFile(join(folder, 'agent.yaml'), VARIABLES);
}

describe('a configuration', () => {
  it('takes variables of the environment and secrets of a file beside it', async () => {
    const { config, secrets } = await load(CONFIG, 'mqtt: 0123 # digits stay as they are\nother: "x: y"\n');
    expect(config).toMatchObject({
      site: 'home',
      bundle: '/models/gesture',
      broker: { url: 'mqtt://nas:1883', username: 'tinyllm', password: '0123' },
      health: { everyS: 20 },
    });
    expect(new Set(secrets)).toEqual(new Set(['0123']));
  });

  it('is shown without secrets', async () => {
    const { config } = await load(CONFIG, 'mqtt: Geheim');
    expect(withoutSecrets(config)).toMatchObject({ broker: { username: 'tinyllm', password: '***' } });
    expect(JSON.stringify(withoutSecrets(config))).not.toContain('Geheim');
  });

  it.each([
    [
      'is missing',
      undefined,
      /agent\.yaml:8:21: there is no secret "mqtt"; secrets\.yaml is missing or empty/,
    ],
    ['has others', 'mqqt: x\n', /there is no secret "mqtt"; secrets\.yaml has mqqt$/],
    ['is broken', 'mqtt: "Geheim\n', /secrets\.yaml:\d+: not a list of secrets/],
    ['is no list of texts', 'mqtt: { a: Geheim }\n', /secrets\.yaml: not a list of secrets/],
  ])('says so when secrets.yaml %s, and shows none', async (_, secrets, message) => {
    const error: unknown = await load(CONFIG, secrets).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringMatching(message), exitCode: 78 });
    expect(String(error)).not.toContain('Geheim');
  });

  it('says so when secrets.yaml cannot be read', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'secrets.yaml'));
    await writeFile(join(folder, 'agent.yaml'), CONFIG);
    await expect(loadAgentFile(join(folder, 'agent.yaml'), VARIABLES)).rejects.toMatchObject({
      message: expect.stringMatching(/secrets\.yaml cannot be read/),
      exitCode: 78,
    });
  });
});

it('a stream hides secrets wherever they stand, in JSON too', () => {
  const written: string[] = [];
  const secrets = new Set(['correct horse', 'correct', 'a"b\\c', 'abc']);
  const sink = hidingSecrets({ write: (text) => written.push(text), isTTY: true }, secrets);
  sink.write('login correct horse, then correct; abc is too short to be one\n');
  sink.write(JSON.stringify({ password: 'a"b\\c' }));
  secrets.add('new one');
  sink.write('new one');
  expect(written).toEqual(['login ***, then ***; abc is too short to be one\n', '{"password":"***"}', '***']);
  expect(sink.isTTY).toBe(true);
});
