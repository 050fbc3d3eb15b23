import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { readRecordings, writeRecordings } from '../../../protocols/recording.ts';
import { requireTool } from '../../tools.ts';
import { listenTo, mqttClient, temporaryFolder } from '../rig.ts';
import { secureMosquitto } from '../secure-mosquitto.ts';
import { steady } from '../serial-boards.ts';
import { start } from './tinyllm.ts';

/** Processes of their own take their time to start on a busy machine. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 50 });

/** A Mosquitto that lets in who has a certificate and a password, and the flags that go with it. */
async function guarded(test: TestContext) {
  const { authority, mosquitto } = await secureMosquitto(test, {
    more: ({ ca }) => [`cafile ${ca}`, 'require_certificate true'],
  });
  const ours = await authority.sign('forwarder');
  const folder = await temporaryFolder();
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, mosquitto.password);
  const recordings = join(folder, 'steady.jsonl');
  await writeRecordings(recordings, [steady(1)]);
  const broker = ['--broker', `mqtts://localhost:${mosquitto.doorPort}`, '--site', 'lab'];
  const tls = ['--tls-ca', authority.ca, '--tls-cert', ours.cert, '--tls-key', ours.key];
  return {
    authority,
    mosquitto,
    folder,
    recordings,
    broker: [...broker, '--username', mosquitto.username],
    tls,
    passwordFile,
    // By the door that needs no certificate.
    heard: await listenTo(await mqttClient(mosquitto.port, mosquitto), 'tinyllm/lab/+/readings'),
  };
}

describe('a broker over TLS that asks for a certificate', () => {
  it('is reached by bridge and record, with a password from a file', async (test) => {
    requireTool('socat', test);
    const { folder, recordings, broker, tls, passwordFile } = await guarded(test);
    const login = [...broker, ...tls, '--password-file', passwordFile];
    const port = join(folder, 'board');
    start('simulate', '--recordings', recordings, '--pty', port, '--as', 'frames');
    start('bridge', '--port', port, ...login, '--state', folder);
    const out = join(folder, 'anna.jsonl');
    const { ended } = start('record', ...login, '--out', out, '--label', 'Tap', '--for', '1s');
    expect(await ended).toMatchObject({ exit: 0 });
    for await (const { board, timesUs } of readRecordings(out)) {
      expect(board).toBe('wrist-01');
      expect(timesUs.length).toBeGreaterThan(3);
    }
  });

  it('is reached by simulate, in the version of MQTT that is asked for, with a password from the environment', async (test) => {
    const { mosquitto, recordings, broker, tls, heard } = await guarded(test);
    vi.stubEnv('TINYLLM_BROKER_PASSWORD', mosquitto.password);
    test.onTestFinished(() => void vi.unstubAllEnvs());
    const board = start('simulate', '--recordings', recordings, ...broker, ...tls, '--protocol', '3.1.1');
    await eventually(() => expect([...heard.keys()]).toEqual(['tinyllm/lab/wrist-01/readings']));
    board.child.kill('SIGINT');
    expect(await board.ended).toMatchObject({ exit: 0 });
  });

  it('is not reached without one, and the flags to give are named', async (test) => {
    const { authority, recordings, broker, passwordFile } = await guarded(test);
    const login = [...broker, '--password-file', passwordFile, '--tls-ca', authority.ca];
    const board = start('simulate', '--recordings', recordings, ...login);
    let told = '';
    board.child.stderr.on('data', (words) => {
      told += String(words);
    });
    await eventually(() =>
      expect(told).toMatch(/a certificate of ours that it knows: --tls-cert and --tls-key/),
    );
    board.child.kill('SIGINT');
    expect(await board.ended).toMatchObject({ exit: 0 });
  });
});
