import { cp, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, connectAsync, type IConnackPacket, type MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../../agent/log.ts';
import { loadCredentials } from '../../../agent/mqtt/credentials.ts';
import { DiskStore } from '../../../agent/mqtt/disk-store.ts';
import { eventually, listenTo, temporaryFolder } from '../rig.ts';
import { broker, sessionOf, topics, warningsIn } from './broker-rig.ts';

/** Brokers one after the other, with the same users and the same folder. */
async function lives(lines: string[] = []) {
  const stateDir = await temporaryFolder();
  const credentials = await loadCredentials(stateDir);
  const keepIn = join(stateDir, 'broker', 'lab');
  const start = () => broker({ credentials, keepIn, log: warningsIn(lines) });
  return { credentials, keepIn, start };
}

const say = (client: MqttClient, topic: string, text: string, retain = false) =>
  client.publishAsync(topic, text, { qos: 1, retain });

/** What comes for a session, from the moment it is back: before anybody could listen to a client that is there. */
async function comeBack(
  port: number,
  login: { username: string; password: string },
  clientId: string,
): Promise<{ client: MqttClient; heard: string[]; sessionPresent: boolean }> {
  const options = { protocolVersion: 4, clientId, clean: false, reconnectPeriod: 0, ...login } as const;
  const client = connect(`mqtt://127.0.0.1:${port}`, options);
  onTestFinished(async () => void (await client.endAsync(true)));
  const heard: string[] = [];
  client.on('message', (_, payload) => heard.push(payload.toString()));
  const connack = await new Promise<IConnackPacket>((resolve) => client.once('connect', resolve));
  return { client, heard, sessionPresent: connack.sessionPresent };
}

/** What a kill would leave of the folder of a broker that runs, once keys with all these beginnings are on disk. */
const asKilled = (keepIn: string, beginnings: readonly string[]): Promise<string> =>
  eventually(async () => {
    const copy = join(await mkdtemp(join(keepIn, '..', '..', 'copy-')), 'lab');
    await cp(keepIn, copy, { recursive: true });
    const disk = await DiskStore.open(copy, silentLog);
    const keys = (await disk!.entries()).map(([key]) => key);
    await disk!.close();
    for (const one of beginnings) expect(keys.some((key) => key.startsWith(one))).toBe(true);
    return copy;
  });

describe('the embedded broker, started again', () => {
  it('has what was retained, and not what was taken back', async () => {
    const { start } = await lives();
    const first = await start();
    const agent = await first.as('agent');
    await say(agent, topics.info('hub'), 'of old', true);
    await say(agent, topics.info('hub'), 'kept', true);
    await say(agent, topics.state('gone'), 'x', true);
    await say(agent, topics.state('gone'), '', true);
    await say(agent, topics.health('hub'), 'not retained');
    await first.stop();

    const second = await start();
    const heard = await listenTo(await second.as('viewer'), 'tinyllm/lab/#');
    await eventually(() => expect(heard.size).toBeGreaterThan(0));
    expect(Object.fromEntries(heard)).toEqual({ [topics.info('hub')]: ['kept'] });
  });

  it('has what a session has not read yet, in order, over several starts', async () => {
    const { credentials, start } = await lives();
    const first = await start();
    const reader = await sessionOf(first.port, credentials.viewer, 'phone');
    await reader.subscribeAsync('tinyllm/lab/#', { qos: 1 });
    await reader.endAsync();
    const agent = await first.as('agent');
    for (const n of [1, 2, 3]) await say(agent, topics.state('hub'), String(n));
    await first.stop();

    const second = await start();
    const again = await second.as('agent');
    for (const n of [4, 5]) await say(again, topics.state('hub'), String(n));
    await second.stop();

    const third = await start();
    const { client, heard, sessionPresent } = await comeBack(third.port, credentials.viewer, 'phone');
    expect(sessionPresent).toBe(true);
    await eventually(() => expect(heard).toEqual(['1', '2', '3', '4', '5']));
    // What was read is not sent again.
    await client.endAsync();
    await eventually(() => expect(third.clients).toBe(0));
    await third.stop();
    const fourth = await start();
    const { heard: more } = await comeBack(fourth.port, credentials.viewer, 'phone');
    await say(await fourth.as('agent'), topics.state('hub'), '6');
    await eventually(() => expect(more).toEqual(['6']));
  });

  it('gives a session to its own user alone, and to nobody once it was given up', async () => {
    const { credentials, start } = await lives();
    const first = await start();
    const reader = await sessionOf(first.port, credentials.viewer, 'phone');
    await reader.subscribeAsync('tinyllm/lab/#', { qos: 1 });
    await reader.endAsync();
    const agent = await comeBack(first.port, credentials.agent, 'phone');
    expect(agent.sessionPresent).toBe(false);

    const givenUp = await connectAsync(`mqtt://127.0.0.1:${first.port}`, {
      protocolVersion: 4,
      clientId: 'phone',
      clean: true,
      reconnectPeriod: 0,
      ...credentials.viewer,
    });
    await givenUp.endAsync();
    expect((await comeBack(first.port, credentials.viewer, 'phone')).sessionPresent).toBe(false);
  });

  it('carries out the will of a client that was there when the broker was killed, once', async () => {
    const { credentials, keepIn, start } = await lives();
    const first = await start();
    const will = {
      topic: topics.state('hub'),
      payload: Buffer.from('offline'),
      qos: 1,
      retain: true,
    } as const;
    const agent = await connectAsync(`mqtt://127.0.0.1:${first.port}`, {
      protocolVersion: 4,
      reconnectPeriod: 0,
      will,
      ...credentials.agent,
    });
    onTestFinished(async () => void (await agent.endAsync(true)));
    await say(agent, topics.state('hub'), 'online', true);
    const keptIn = await asKilled(keepIn, ['retained:', 'will:']);

    const second = await broker({ credentials, keepIn: keptIn });
    const heard = await listenTo(await second.as('viewer'), 'tinyllm/lab/#');
    await eventually(() => expect(heard.get(topics.state('hub'))).toEqual(['offline']));
    await say(await second.as('agent'), topics.state('hub'), 'online', true);
    await second.stop();
    const third = await broker({ credentials, keepIn: keptIn });
    const last = await listenTo(await third.as('viewer'), 'tinyllm/lab/#');
    await eventually(() => expect(last.get(topics.state('hub'))).toEqual(['online']));
  });

  it('goes on in memory when its folder is another’s, or cannot be written', async () => {
    const lines: string[] = [];
    const { start, credentials } = await lives(lines);
    await start();
    const second = await start();
    expect(lines).toEqual([expect.stringMatching(/another agent has it open; give each agent a --state/)]);
    await say(await second.as('agent'), topics.info('hub'), 'kept', true);

    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const third = await broker({ credentials, keepIn: join(file, 'lab'), log: warningsIn(lines) });
    expect(lines[1]).toMatch(/cannot be used, so nothing outlives a restart: .*(ENOTDIR|EEXIST)/);
    await say(await third.as('agent'), topics.info('hub'), 'kept', true);
  });

  it('puts a damaged folder aside, and begins anew', async () => {
    const lines: string[] = [];
    const { keepIn, start } = await lives(lines);
    await mkdir(keepIn, { recursive: true });
    await writeFile(join(keepIn, 'CURRENT'), 'MANIFEST-000002\n');
    await writeFile(join(keepIn, 'MANIFEST-000002'), 'this is no manifest of LevelDB at all');
    const started = await start();
    expect(lines).toEqual([expect.stringMatching(/is damaged; it is now .*lab\.damaged-\d+, and .* anew/)]);
    expect((await readdir(join(keepIn, '..'))).length).toBe(2);
    await say(await started.as('agent'), topics.info('hub'), 'kept', true);
  });
});
