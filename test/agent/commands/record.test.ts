import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { command } from '../../../agent/commands/record.ts';
import { readRecordings } from '../../../protocols/recording.ts';
import { startMosquitto } from '../mosquitto.ts';
import { temporaryFolder } from '../rig.ts';
import { start } from './tinyllm.ts';

const TOPIC = 'tinyllm/home/desk/readings';

describe('tinyllm record', () => {
  it('records a live board through a broker, ready for the trainer', async (test) => {
    const mosquitto = await startMosquitto(test);
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'password'), mosquitto.password);
    const out = join(folder, 'anna-1.jsonl.gz');
    const login = [
      '--broker',
      mosquitto.url,
      '--username',
      mosquitto.username,
      '--password-file',
      join(folder, 'password'),
    ];
    const { ended } = start(
      'record',
      ...login,
      '--out',
      out,
      '--label',
      'Tap',
      '--group',
      'anna',
      '--for',
      '1s',
      '--json',
    );

    const { username, password } = mosquitto;
    const board = await connectAsync(mosquitto.url, { username, password });
    const sending = setInterval(
      () => board.publish(TOPIC, '{"v": {"proximity": 200, "light.red": 12}}', { qos: 1 }),
      50,
    );
    onTestFinished(async () => {
      clearInterval(sending);
      await board.endAsync(true);
    });
    const { exit, stdout, stderr } = await ended;
    expect({ exit, stderr }).toMatchObject({ exit: 0 });
    expect(stderr).not.toContain(mosquitto.password);
    expect(JSON.parse(stdout)).toMatchObject({
      file: out,
      recordings: [{ board: 'desk', channels: ['light.red', 'proximity'] }],
    });
    for await (const { group, labels, timesUs } of readRecordings(out)) {
      expect({ group, label: labels[0]?.label }).toEqual({ group: 'anna', label: 'Tap' });
      expect(timesUs.length).toBeGreaterThan(1);
    }
  });

  it.each([
    ['no place', [], /say where the boards are/, 2],
    ['two places', ['--broker', 'mqtt://x', '--serial', '/dev/ttyACM0'], /say where the boards are/, 2],
    ['no label and no keyboard', ['--serial', '/dev/ttyACM0'], /no keyboard to say what is going on/, 2],
    ['a file of another kind', ['--serial', '/dev/ttyACM0', '--out', 'x.csv'], /does not end in \.jsonl/, 2],
    [
      'a folder that is not there',
      ['--serial', '/dev/ttyACM0', '--out', '/nowhere/x.jsonl'],
      /\/nowhere cannot be written/,
      1,
    ],
    ['a broker that is none', ['--broker', 'http://x', '--label', 'a'], /no address of a broker/, 2],
  ])('refuses %s before anything is recorded', async (_, flags, message, status) => {
    const folder = await temporaryFolder();
    const out = flags.includes('--out') ? [] : ['--out', join(folder, 'x.jsonl')];
    await expect(command.run([...out, ...flags])).rejects.toMatchObject({
      message: expect.stringMatching(message),
      exitCode: status,
    });
  });

  it('does not overwrite a recording', async () => {
    const path = join(await temporaryFolder(), 'x.jsonl');
    await writeFile(path, 'kept');
    const recording = command.run(['--serial', '/dev/ttyACM0', '--out', path, '--label', 'a']);
    await expect(recording).rejects.toThrow(`${path} is there already`);
    expect(await readFile(path, 'utf8')).toBe('kept');
  });
});
