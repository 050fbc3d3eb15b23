import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { command as simulate } from '../../../agent/commands/simulate.ts';
import { writeRecordings } from '../../../protocols/recording.ts';
import { requireTool } from '../../tools.ts';
import { listenTo, mqttClient, runAgent, temporaryFolder } from '../rig.ts';
import { steady } from '../serial-boards.ts';
import { start } from './tinyllm.ts';

/** Processes of their own take their time to start on a busy machine. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 50 });

const lastLine = (output: string): unknown => JSON.parse(output.trimEnd().split('\n').at(-1) ?? 'null');

/** An agent with a broker of its own, and what a board needs to log in there. */
async function hub() {
  const agent = await runAgent();
  const folder = await temporaryFolder();
  const recordings = join(folder, 'steady.jsonl');
  await writeRecordings(recordings, [steady(1)]);
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, `${agent.broker!.credentials.board.password}\n`);
  const login = ['--broker', `mqtt://127.0.0.1:${agent.broker!.port}`, '--site', 'lab'];
  login.push('--username', 'board', '--password-file', passwordFile);
  const viewer = await mqttClient(agent.broker!.port, agent.broker!.credentials.viewer);
  return {
    agent,
    folder,
    recordings,
    login,
    heard: await listenTo(viewer, `${agent.topics.base}/+/prediction`),
  };
}

describe('tinyllm bridge', () => {
  it('forwards a simulated board to an agent, and ends at Ctrl-C', async (test) => {
    requireTool('socat', test);
    const { agent, folder, recordings, login, heard } = await hub();
    const port = join(folder, 'board');
    const board = start('simulate', '--recordings', recordings, '--pty', port, '--as', 'csv', '--json');
    const flags = ['--board', 'desk-01', '--state', folder, '--json'];
    const bridge = start('bridge', '--port', port, ...login, ...flags);
    await eventually(() => expect([...heard.keys()]).toEqual([agent.topics.prediction('desk-01')]));

    bridge.child.kill('SIGINT');
    const { exit, stdout } = await bridge.ended;
    expect(exit).toBe(0);
    const counts = lastLine(stdout) as { readings: number };
    expect(counts).toMatchObject({
      boards: ['desk-01'],
      refused: 0,
      outbox: { place: 'disk', waiting: 0, dropped: { full: 0, old: 0, memory: 0 } },
      serial: { opened: 1, lostReadings: 0 },
    });
    await eventually(() => expect(agent.meter.readings).toBe(counts.readings));
    board.child.kill('SIGINT');
    const simulated = await board.ended;
    expect(simulated.exit).toBe(0);
    expect(lastLine(simulated.stdout)).toMatchObject({ board: 'wrist-01', lost: 0, damaged: 0 });
  });

  it('is killed while the broker is away, and its next start delivers what was on disk', async (test) => {
    requireTool('socat', test);
    const { agent, folder, recordings, login } = await hub();
    const port = join(folder, 'board');
    const board = start('simulate', '--recordings', recordings, '--pty', port);
    const nobody = ['--broker', 'mqtt://127.0.0.1:1', '--site', 'lab'];
    const state = ['--state', folder, '--json'];
    const first = start('bridge', '--port', port, ...nobody, ...state);
    let printed = '';
    first.child.stdout.on('data', (words) => {
      printed += String(words);
    });
    const counts = () =>
      JSON.parse(printed.trimEnd().split('\n').at(-1) || '{}') as { outbox?: { journalled: number } };
    await eventually(() => expect(counts().outbox?.journalled).toBeGreaterThan(20));
    first.child.kill('SIGKILL');
    await first.ended;
    const { journalled } = counts().outbox!;

    // Nobody is at the port now: what comes is from before.
    board.child.kill('SIGKILL');
    await board.ended;
    const second = start('bridge', '--port', port, ...login, ...state);
    await eventually(() => expect(agent.meter.readings).toBeGreaterThanOrEqual(journalled));
    second.child.kill('SIGINT');
    const { stdout } = await second.ended;
    expect(lastLine(stdout)).toMatchObject({
      readings: 0,
      outbox: { waiting: 0, dropped: { full: 0, old: 0 } },
    });
  });
});

describe('tinyllm simulate', () => {
  it('publishes frames as a board on MQTT does', async () => {
    const { agent, recordings, login, heard } = await hub();
    const { child, ended } = start('simulate', '--recordings', recordings, ...login, '--board', 'belt-01');
    await eventually(() => expect([...heard.keys()]).toEqual([agent.topics.prediction('belt-01')]));
    child.kill('SIGINT');
    const { exit, stderr } = await ended;
    expect({ exit, stderr }).toEqual({
      exit: 0,
      stderr: expect.stringMatching(/belt-01: [\d.]+ samples\/s/),
    });
  });

  it.each([
    ['no way to send', [], 'where should it send?', '--pty PATH'],
    ['CSV on MQTT', ['--broker', 'mqtt://127.0.0.1', '--as', 'csv'], 'CSV is not spoken on MQTT', 'ndjson'],
    ['damage on MQTT', ['--broker', 'mqtt://127.0.0.1', '--damage', '0.1'], 'whole messages', '--loss'],
    ['a bad board id', ['--pty', '/tmp/x', '--board', 'Wrist 1'], 'no board id', 'lower-case'],
  ])('refuses %s', async (_, flags, problem, fix) => {
    await expect(simulate.run(['--recordings', 'none.jsonl', ...flags])).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(problem),
      hint: expect.stringContaining(fix),
    });
  });

  it('says what to install where socat is not', async () => {
    const folder = await temporaryFolder();
    const recordings = join(folder, 'steady.jsonl');
    await writeRecordings(recordings, [steady(1)]);
    vi.stubEnv('PATH', folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(
      simulate.run(['--recordings', recordings, '--pty', join(folder, 'board')]),
    ).rejects.toMatchObject({
      message: expect.stringContaining('socat is not installed'),
      hint: expect.stringContaining('sudo apt install socat'),
    });
  });
});
