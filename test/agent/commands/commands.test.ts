import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { REPOSITORY } from '../../tools.ts';
import { wireTo } from '../mosquitto.ts';
import { broker as embeddedBroker } from '../mqtt/broker-rig.ts';
import { temporaryFolder } from '../rig.ts';
import { start, tinyllm } from './tinyllm.ts';

const bundle = join(REPOSITORY, 'models', 'local');
const recordings = join(REPOSITORY, 'recordings', 'local-test.jsonl.gz');

const jsonLines = (output: string) =>
  output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

/** A configuration file in a folder of its own. */
async function configFile(changes: object = {}) {
  const folder = await temporaryFolder();
  const path = join(folder, 'agent.yaml');
  const config = { site: 'lab', agent: 'hub', bundle, broker: { embedded: { port: 0 } }, ...changes };
  await writeFile(path, JSON.stringify(config));
  return { path, folder };
}

describe('tinyllm validate', () => {
  it('reads all that a run would read', async () => {
    const { path } = await configFile({ source: { kind: 'replay', recordings } });
    const { exit, stdout, stderr } = await tinyllm('validate', '--config', path, '--json');
    expect({ exit, stderr, found: jsonLines(stdout) }).toMatchObject({
      exit: 0,
      stderr: '',
      found: [{ site: 'lab', model: 'local', task: 'local', source: 'replay', recordings: 49 }],
    });
  });

  it.each([
    ['a misspelt key', { sight: 'lab' }, /unknown key "sight"/],
    ['no bundle', { bundle: 'nowhere' }, /there is no bundle at .*nowhere/],
    ['a variant that the bundle lacks', { variant: 'int2' }, /has no variant "int2"/],
    ['no recordings', { source: { kind: 'replay', recordings: 'gone.jsonl' } }, /there is no file .*gone/],
    [
      'an idle label of another task',
      { episodes: { idle: ['turn'] } },
      /episodes\.idle: task local has no label "turn"/,
    ],
  ])('exits with 78 and the fix for %s', async (_, changes, problem) => {
    const { path } = await configFile(changes);
    const { exit, stdout, stderr } = await tinyllm('validate', '--config', path);
    expect({ exit, stdout }).toEqual({ exit: 78, stdout: '' });
    expect(stderr).toMatch(problem);
    expect(stderr).toContain(path);
    expect(stderr).toMatch(/^hint: \S/m);
  });

  it('warns of a model that could not take over, which may come before its hour', async () => {
    const schedules = [{ do: 'swap', cron: '0 4 * * 0', bundle: 'next' }];
    const { path } = await configFile({ schedules });
    const { exit, stdout, stderr } = await tinyllm('validate', '--config', path, '--json');
    expect(exit).toBe(0);
    expect(stderr).toMatch(
      /^warning: no model can take over at "0 4 \* \* 0": there is no bundle at .*next: .*missing; \S/,
    );
    expect(jsonLines(stdout)).toMatchObject([{ warnings: [{ check: 'swap', status: 'warn' }] }]);
  });
});

describe('tinyllm replay', () => {
  it('prints each prediction beside the truth, the same every time', async () => {
    const replay = () => tinyllm('replay', '--recordings', recordings, '--bundle', bundle, '--json');
    const { exit, stdout } = await replay();
    expect(exit).toBe(0);
    const lines = jsonLines(stdout);
    expect(lines).toHaveLength(50);
    expect(lines[0]).toMatchObject({ recording: 'local-test-0000', truth: 'Charging Station' });
    expect(lines.at(-1)).toMatchObject({ summary: { predictions: 49, labels: 49, unanswered: 0 } });
    const { summary } = lines.at(-1) as { summary: { accuracy: number } };
    expect(summary.accuracy).toBeGreaterThan(0.9);

    const answers = (output: string) =>
      jsonLines(output)
        .slice(0, -1)
        .map((line) => {
          const { id, probs } = (line as { prediction: { id: string; probs: object } }).prediction;
          return { id, probs };
        });
    expect(answers((await replay()).stdout)).toEqual(answers(stdout));
  });

  it('prints a recording of one sample as one line', async () => {
    const { exit, stdout } = await tinyllm('replay', '--recordings', recordings, '--bundle', bundle);
    expect(exit).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(50);
    expect(lines[0]).toMatch(/^local-test-0000 {2}[✓✗] Charging Station {1,2}[01]\.\d\d {2}\(true: \S/);
  });

  it('refuses recordings of another task', async () => {
    const gesture = join(REPOSITORY, 'models', 'gesture');
    const { exit, stdout, stderr } = await tinyllm('replay', '--recordings', recordings, '--bundle', gesture);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(
      /error: recording local-test-0000 has no channel .*proximity.*; gesture reads proximity/,
    );
  });

  it('says so when it is given a folder', async () => {
    const folder = join(REPOSITORY, 'recordings');
    const { exit, stderr } = await tinyllm('replay', '--recordings', folder, '--bundle', bundle);
    expect({ exit, stderr }).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining(`${folder} is a folder`),
    });
  });

  it('says which speeds there are', async () => {
    const { exit, stderr } = await tinyllm('replay', '--recordings', 'x', '--bundle', 'y', '--speed', 'fast');
    expect(exit).toBe(2);
    expect(stderr).toContain('--speed wants a number above 0, or max');
  });
});

describe('tinyllm run', () => {
  it('runs until Ctrl-C, with logs on standard error, and reads its configuration again at SIGHUP', async () => {
    const changes = { broker: { embedded: { port: 0, websocketPort: 0 } }, dashboard: { port: 0 } };
    const { path, folder } = await configFile(changes);
    const { path: changed } = await configFile({ ...changes, health: { everyS: 20 }, threads: 2 });
    const { child, ended } = start('run', '--config', path, '--state', folder, '--json');
    child.stderr.on('data', (chunk: Buffer) => {
      const told = (text: string) => chunk.toString().includes(text);
      if (told('send readings'))
        copyFile(changed, path).then(
          () => child.kill('SIGHUP'),
          () => {},
        );
      // Once: a second Ctrl-C ends the process at once.
      if (told('waits for the next start')) child.kill('SIGINT');
    });
    const { exit, stdout, stderr } = await ended;
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(jsonLines(stderr)).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/^local \(\w+\) takes \d+\.\d ms for a window$/),
      }),
      expect.objectContaining({ level: 'info', message: `agent hub runs ${bundle}` }),
      expect.objectContaining({ message: expect.stringMatching(/^broker at mqtt:\/\/127\.0\.0\.1:\d+/) }),
      expect.objectContaining({ message: expect.stringContaining(join(folder, 'credentials.json')) }),
      expect.objectContaining({
        message: expect.stringMatching(/^dashboard at http:\S+, sign in as viewer, WebSocket port \d+$/),
      }),
      expect.objectContaining({ message: 'send readings to tinyllm/lab/<board>/readings' }),
      expect.objectContaining({ message: 'taken over: health' }),
      expect.objectContaining({ message: 'changed in the file, and waits for the next start: threads' }),
      expect.objectContaining({ message: 'stopped' }),
    ]);
  });

  it('does what a SIGHUP asked for that came before it was ready', async () => {
    const { port, credentials } = await embeddedBroker();
    const wire = await wireTo(port);
    wire.cut();
    const broker = { url: `mqtt://127.0.0.1:${wire.port}`, ...credentials.agent };
    const { path, folder } = await configFile({ broker });
    const { path: changed } = await configFile({ broker, health: { everyS: 20 } });
    const { child, ended } = start('run', '--config', path, '--state', folder, '--json');
    let told = '';
    child.stderr.on('data', (words) => {
      told += String(words);
    });
    const says = (text: string) =>
      vi.waitFor(() => expect(told).toContain(text), { timeout: 60_000, interval: 50 });
    await says('trying again until it works');
    await copyFile(changed, path);
    child.kill('SIGHUP');
    wire.mend();
    await says('taken over: health');
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ exit: 0 });
  });

  it.each([
    [
      'recordings that are not there',
      { source: { kind: 'replay', recordings: 'gone.jsonl' } },
      /no file .*gone/,
    ],
    ['a bundle that is not there', { bundle: 'nowhere' }, /no bundle at .*nowhere/],
  ])('exits with 78, as validate does, for %s, and begins nothing', async (_, changes, problem) => {
    const { path, folder } = await configFile(changes);
    const { exit, stderr } = await tinyllm('run', '--config', path, '--state', join(folder, 'state'));
    expect(exit).toBe(78);
    expect(stderr).toMatch(problem);
    expect(await readdir(folder)).toEqual(['agent.yaml']);
  });

  it('ends by itself with its replay', async () => {
    const { path, folder } = await configFile({ source: { kind: 'replay', recordings, speed: 'max' } });
    const { exit, stderr } = await tinyllm('run', '--config', path, '--state', folder);
    expect(exit).toBe(0);
    expect(stderr).toMatch(/ info \S+: first reading \(\S+, /);
    expect(stderr).toMatch(/ info \S+: Charging Station [01]\.\d\d \(\d+ ms\)/);
    expect(stderr).not.toContain('send readings to');
    expect(stderr).toMatch(/ stopped\n$/);
  });

  it('can be interrupted while it waits for its broker', async () => {
    const { path, folder } = await configFile({ broker: { url: 'mqtt://127.0.0.1:1' } });
    const { child, ended } = start('run', '--config', path, '--state', folder);
    child.stderr.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('cannot be reached')) child.kill('SIGINT');
    });
    const { exit, stderr } = await ended;
    expect(exit).toBe(0);
    expect(stderr).toMatch(/cannot be reached/);
  });
});
