import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { command } from '../../../agent/commands/demo.ts';
import { freePort } from '../../../agent/demo/ports.ts';
import { loadCredentials } from '../../../agent/mqtt/credentials.ts';
import { REPOSITORY, requireTool } from '../../tools.ts';
import { eventually, mqttClient, temporaryFolder } from '../rig.ts';
import { DipBrain } from './dip-brain.ts';
import { startDemo } from './running-demo.ts';

describe('the demo', () => {
  it('shows every prediction beside the truth, and gives it to any MQTT client', async (test) => {
    const mosquittoSub = requireTool('mosquitto_sub', test);
    const demo = await startDemo('gesture', await DipBrain.create());
    const { host, port, username, password } = demo.start.mqtt;
    const words = ['-h', host, '-p', String(port), '-u', username, '-P', password, '-t', demo.start.topics];
    const heard = await promisify(execFile)(mosquittoSub, [...words, '-C', '1', '-W', '15']);

    const line = await eventually(() => {
      const found = demo.lines.find(({ type }) => type === 'prediction');
      expect(found).toBeDefined();
      return found!;
    });
    expect(JSON.parse(heard.stdout)).toEqual(line.prediction);
    expect(line).toMatchObject({ board: 'desk-01', truth: { id: expect.stringMatching(/^gesture-test-/) } });
    expect(line.atS).toBeLessThan(10);

    await demo.stop();
    expect(demo.lines.at(-1)).toMatchObject({ type: 'summary', wrong: 0, falseInIdle: 0 });
  });

  it('passes by what is no prediction', async () => {
    const stateDir = await temporaryFolder();
    const demo = await startDemo('gesture', await DipBrain.create(), { stateDir });
    const client = await mqttClient(demo.start.mqtt.port, (await loadCredentials(stateDir)).agent);
    for (const nonsense of ['null', '{"label": 5}', 'Tap']) {
      await client.publishAsync('tinyllm/home/desk-01/prediction', nonsense, { qos: 1 });
    }
    await eventually(() => expect(demo.lines.some(({ type }) => type === 'prediction')).toBe(true));
    await demo.stop();
    expect(demo.lines.at(-1)).toMatchObject({ type: 'summary', wrong: 0 });
  });

  it('ends by itself', async () => {
    const demo = await startDemo('gesture', await DipBrain.create(), { forMs: 300 });
    await demo.ended;
    expect(demo.lines.at(-1)).toMatchObject({ type: 'summary', spans: 0, accuracy: null });
  });

  it('refuses a port that is taken, and a task that it does not have', async () => {
    const taken = await takePort();
    const demo = startDemo('gesture', await DipBrain.create(), { port: taken });
    await expect(demo).rejects.toThrow(`port ${taken} is taken`);
    await expect(command.run(['swim'])).rejects.toMatchObject({
      exitCode: 2,
      hint: 'demos are gesture, local',
    });
  });

  it('falls back to any free port when the usual one is taken', async () => {
    const taken = await takePort();
    expect(await freePort('127.0.0.1', taken)).toBe(0);
  });
});

async function takePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as { port: number }).port;
}

it('the command ends at Ctrl-C with its summary and status 0', async () => {
  const stateDir = await temporaryFolder();
  const demo = spawn(process.execPath, ['--import', 'tsx', 'cli.ts', 'demo', '--state', stateDir], {
    cwd: REPOSITORY,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let text = '';
  demo.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const hadPrediction = text.includes('true:');
    text += chunk;
    if (!hadPrediction && text.includes('true:')) demo.kill('SIGINT');
  });
  const [status] = await once(demo, 'exit');
  expect(status).toBe(0);
  expect(text).toMatch(/mosquitto_sub -h 127.0.0.1 -p \d+ -u viewer -P \S+ -t 'tinyllm\/\+\/\+\/prediction'/);
  expect(text).toContain('nominal 25 Hz');
  expect(text.trimEnd().split('\n').at(-1)).toMatch(/^\d gestures?: \d right, .* · latency \d+ ms/);
});
