import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type AgentConfigInput, loadAgentConfig } from '../../../agent/config.ts';
import { agentHealth, agentInfo, operationResponse } from '../../../protocols/topics.ts';
import { REPOSITORY } from '../../tools.ts';
import { batch, eventually, listenTo, mqttClient, runAgent, temporaryFolder } from '../rig.ts';

const REQUEST = 'tinyllm/lab/bridge/hub/request';
const PATIENCE_MS = 100_000;
const RESPONSE = 'tinyllm/lab/bridge/hub/response';

/** An agent, and its user on the embedded broker who asks it things. */
async function rig(changes: Partial<AgentConfigInput> = {}, options: Parameters<typeof runAgent>[1] = {}) {
  const agent = await runAgent(changes, options);
  const { port, credentials } = agent.broker!;
  const client = await mqttClient(port, credentials.agent);
  const heard = await listenTo(client, 'tinyllm/lab/#');
  const last = (topic: string) => {
    const text = heard.get(topic)?.at(-1);
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  };
  const ask = async (operation: string, payload: string) => {
    const before = heard.get(`${RESPONSE}/${operation}`)?.length ?? 0;
    await client.publishAsync(`${REQUEST}/${operation}`, payload, { qos: 1 });
    // To verify a bundle is seconds of work, and many more on a busy machine.
    await vi.waitFor(() => expect(heard.get(`${RESPONSE}/${operation}`)?.length).toBe(before + 1), {
      timeout: PATIENCE_MS,
    });
    return operationResponse.parse(last(`${RESPONSE}/${operation}`));
  };
  return { agent, client, heard, last, ask };
}

describe('a request', () => {
  it('is answered with its transaction', async () => {
    const { ask } = await rig();
    const response = await ask('health', '{"transaction": "t-1"}');
    expect(response).toMatchObject({ status: 'ok', transaction: 't-1' });
    expect(agentHealth.parse(response.data)).toMatchObject({ paused: false, missedDeadlines: 0 });
    expect(await ask('trim', '')).toEqual({ status: 'ok', data: {} });
  });

  it.each([
    [
      'unknown',
      'swop',
      '{"transaction": 7}',
      { error: 'there is no operation "swop"; did you mean swap?', transaction: 7 },
    ],
    ['no JSON', 'health', 'now', { error: expect.stringMatching(/^the request is not JSON; send/) }],
    ['no object', 'health', '[]', { error: expect.stringMatching(/no object/) }],
    [
      'with parameters that nobody knows',
      'pause',
      '{"for": 5}',
      { error: expect.stringMatching(/^the request: unknown key "for"/) },
    ],
    ['a swap to nothing', 'swap', '{}', { error: expect.stringMatching(/^the request: bundle is missing/) }],
    [
      'a swap to a folder that is none',
      'swap',
      '{"bundle": "nowhere"}',
      { error: expect.stringMatching(/no bundle at/) },
    ],
    ['a reload without a file', 'reload', '', { error: expect.stringMatching(/no file to read again/) }],
    [
      'too long',
      'health',
      JSON.stringify({ x: 'x'.repeat(5000) }),
      { error: expect.stringMatching(/a request of 50\d\d bytes/) },
    ],
  ])('is refused in words: %s', async (_, operation, payload, response) => {
    const { ask } = await rig();
    expect(await ask(operation, payload)).toEqual({ status: 'error', data: {}, ...response });
  });

  it('stops and resumes the predictions', async () => {
    const { client, ask, heard, last } = await rig();
    const predicted = () => heard.get('tinyllm/lab/wrist/prediction')?.length ?? 0;
    expect(await ask('pause', '')).toEqual({ status: 'ok', data: { paused: true } });
    await eventually(() => expect(last('tinyllm/lab/bridge/hub/health')).toMatchObject({ paused: true }));
    await client.publishAsync('tinyllm/lab/wrist/readings', batch(1), { qos: 1 });
    await eventually(() => expect(heard.get('tinyllm/lab/wrist/availability')).toEqual(['online']));
    expect(await ask('resume', '')).toEqual({ status: 'ok', data: { paused: false } });
    expect(predicted()).toBe(0);
    await client.publishAsync('tinyllm/lab/wrist/readings', batch(1, Date.now() * 1000), { qos: 1 });
    await eventually(() => expect(predicted()).toBeGreaterThan(0));
  });
});

describe('a model that runs', () => {
  const models = join(REPOSITORY, 'models');

  it('is verified, and gives way to another one of its task', { timeout: 2 * PATIENCE_MS }, async () => {
    const folder = await temporaryFolder();
    await cp(join(models, 'local'), join(folder, 'present'), { recursive: true });
    await cp(join(models, 'local'), join(folder, 'next'), { recursive: true });
    const { ask, last, agent } = await rig({ bundle: join(folder, 'present') }, { brain: undefined });
    expect(await ask('verify', '')).toMatchObject({ status: 'ok', data: { files: expect.any(Number) } });

    const other = await ask('swap', JSON.stringify({ bundle: join(models, 'gesture') }));
    expect(other).toMatchObject({
      status: 'error',
      error: expect.stringMatching(/gesture cannot take the place of local: its task is gesture, not local/),
    });

    expect(await ask('swap', '{"bundle": "next", "variant": "q8"}')).toMatchObject({
      status: 'ok',
      data: { model: 'local', before: 'local' },
    });
    expect(agentInfo.parse(last('tinyllm/lab/bridge/hub/info'))).toMatchObject({ model: 'local' });

    // From now on it is the new one that is verified.
    await writeFile(join(folder, 'next', 'tokenizer.json'), '{}');
    expect(await ask('verify', '')).toMatchObject({
      status: 'error',
      error: expect.stringMatching(/next.tokenizer\.json is damaged/),
    });
    await agent.stop();
  });
});

describe('a reload', () => {
  it('takes over what can change, and names what waits for the next start', async () => {
    const path = join(await temporaryFolder(), 'agent.yaml');
    const write = (changes: object) =>
      writeFile(
        path,
        JSON.stringify({
          site: 'lab',
          agent: 'hub',
          bundle: '/none',
          broker: { embedded: { port: 0 } },
          ...changes,
        }),
      );
    await write({});
    const first = await loadAgentConfig(path);
    const { ask, heard } = await rig(
      { bundle: '/none' },
      {
        readConfig: () => loadAgentConfig(path),
      },
    );
    expect(first.health.everyS).toBe(10);

    await write({ health: { everyS: 1 }, threads: 3, schedules: [{ do: 'health', cron: '* * * * *' }] });
    expect(await ask('reload', '')).toEqual({
      status: 'ok',
      data: { changed: ['health', 'schedules'], needRestart: ['threads'] },
    });
    const count = () => heard.get('tinyllm/lab/bridge/hub/health')!.length;
    const before = count();
    await eventually(() => expect(count()).toBeGreaterThan(before + 2));

    await write({ helth: { everyS: 1 } });
    expect(await ask('reload', '')).toMatchObject({
      status: 'error',
      error: expect.stringMatching(/unknown key "helth"; did you mean "health"\?/),
    });
  });
});
