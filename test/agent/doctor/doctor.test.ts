import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lookAtBroker } from '../../../agent/doctor/broker.ts';
import { lookAtClock } from '../../../agent/doctor/clock.ts';
import { examine } from '../../../agent/doctor/doctor.ts';
import type { Finding } from '../../../agent/doctor/finding.ts';
import { linkBudget, writings } from '../../../agent/doctor/link-budget.ts';
import { lookAtMachine } from '../../../agent/doctor/machine.ts';
import { lookAtSecrets } from '../../../agent/doctor/secrets.ts';
import { lookAtState } from '../../../agent/doctor/state.ts';
import { lookAtSwaps } from '../../../agent/doctor/swaps.ts';
import { lookAtWebPorts } from '../../../agent/doctor/tcp-ports.ts';
import { openBundle } from '../../../model/bundle.ts';
import { parseTaskSpec } from '../../../protocols/task.ts';
import { readYaml } from '../../../protocols/yaml.ts';
import { REPOSITORY } from '../../tools.ts';
import { startMosquitto } from '../mosquitto.ts';
import { configOf, runAgent, temporaryFolder } from '../rig.ts';

const told = (findings: readonly Finding[]) =>
  findings.map(({ check, status, message }) => `${status} ${check}: ${message}`);

describe('the doctor', () => {
  it('finds a configuration good that would run', async () => {
    const config = configOf({ bundle: join(REPOSITORY, 'models', 'gesture') });
    const findings: Finding[] = [];
    for await (const finding of examine(config, await temporaryFolder())) findings.push(finding);
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(new Set(findings.map(({ check }) => check))).toEqual(
      new Set(['machine', 'processor', 'clock', 'state', 'disk', 'bundle', 'memory', 'speed', 'broker']),
    );
  });

  it('says what a bundle lacks, and goes on', async () => {
    const findings: Finding[] = [];
    for await (const finding of examine(configOf({ bundle: 'none' }), await temporaryFolder()))
      findings.push(finding);
    expect(findings).toContainEqual(
      expect.objectContaining({
        check: 'bundle',
        status: 'fail',
        message: expect.stringMatching(/no bundle at/),
      }),
    );
    expect(findings.at(-1)!.check).toBe('broker');
  });
});

describe('a swap by the clock', () => {
  const models = join(REPOSITORY, 'models');
  const look = async (bundle: string, variant?: string) => {
    const schedules = [{ do: 'swap' as const, cron: '0 4 * * 0', bundle, variant }];
    const { manifest } = await openBundle(join(models, 'gesture'));
    return told(await lookAtSwaps(configOf({ schedules }), [manifest.task.spec]));
  };

  it('is good when its model can take over', async () => {
    expect(await look(join(models, 'gesture'))).toEqual([
      expect.stringMatching(/^ok swap: gesture \(\S+\) takes over at "0 4 \* \* 0"$/),
    ]);
  });

  it('is warned of when its model is not there, or lacks the variant, or is of another task', async () => {
    expect(await look('/none')).toEqual([
      'warn swap: no model can take over at "0 4 * * 0": there is no bundle at /none: manifest.json is missing',
    ]);
    expect(await look(join(models, 'gesture'), 'int2')).toEqual([expect.stringMatching(/no variant "int2"/)]);
    expect(await look(join(models, 'local'))).toEqual([
      expect.stringMatching(
        /^warn swap: local \(\S+\) cannot take over at "0 4 \* \* 0": its task is local, not gesture$/,
      ),
    ]);
  });
});

describe('a broker elsewhere', () => {
  it('is asked to give back what it is told', async (test) => {
    const { url, username, password } = await startMosquitto(test);
    const look = (broker: object) => lookAtBroker(configOf({ broker }), '/none');
    expect(told(await look({ url, username, password }))).toEqual([
      expect.stringMatching(/^(ok|warn) broker: mqtt:\S+ lets us in and answers in \d+ ms$/),
    ]);
    expect(told(await look({ url, username, password: 'wrong' }))).toEqual([
      expect.stringMatching(/^fail broker: the broker mqtt:\S+ refuses our login/),
    ]);
  });

  it('that is not there is told with what the network said', async () => {
    const [finding] = await lookAtBroker(configOf({ broker: { url: 'mqtt://127.0.0.1:1' } }), '/none');
    expect(finding).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/),
    });
  });
});

describe('the embedded broker', () => {
  it('may be that of an agent which runs already', async () => {
    const stateDir = await temporaryFolder();
    const { broker } = await runAgent({}, { stateDir });
    const embedded = { port: broker!.port };
    expect(told(await lookAtBroker(configOf({ broker: { embedded } }), stateDir))).toEqual([
      expect.stringMatching(/^(ok|warn) broker: an agent runs already: mqtt:\S+ lets us in/),
    ]);
  });

  it('and the page and the metrics need ports that nobody else has', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const config = configOf({ broker: { embedded: { port, websocketPort: 0 } }, dashboard: { port } });
    expect(
      told(await lookAtWebPorts({ ...config, metrics: { host: '127.0.0.1', port: 0, open: false } })),
    ).toEqual([
      `fail dashboard: port ${port} on 127.0.0.1 cannot be had`,
      'ok metrics: port 0 on 127.0.0.1 is free',
    ]);
  });
});

describe('the state folder', () => {
  it("is written to, and is this user's alone", async () => {
    const folder = join(await temporaryFolder(), 'state');
    const findings = await lookAtState(folder);
    expect(findings[0]).toMatchObject({ status: 'ok', check: 'state' });
    await chmod(folder, 0o755);
    expect((await lookAtState(folder))[0]).toMatchObject({ status: 'warn', fix: `chmod 700 ${folder}` });
  });

  it('that cannot be made is told', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    expect(await lookAtState(join(file, 'state'))).toEqual([
      expect.objectContaining({
        status: 'fail',
        message: expect.stringMatching(/cannot be written: a part of that path is a file/),
      }),
    ]);
  });
});

it('looks at who may read the secrets beside a configuration', async () => {
  const folder = await temporaryFolder();
  const config = join(folder, 'agent.yaml');
  expect(await lookAtSecrets(config)).toEqual([]);
  await writeFile(join(folder, 'secrets.yaml'), 'mqtt: x\n', { mode: 0o600 });
  expect(told(await lookAtSecrets(config))).toEqual([expect.stringMatching(/^ok secrets: /)]);
  await chmod(join(folder, 'secrets.yaml'), 0o644);
  expect(told(await lookAtSecrets(config))).toEqual([
    expect.stringMatching(/^warn secrets: others may read /),
  ]);
});

describe('the machine', () => {
  it('is told apart by what its processor can', async () => {
    const cpuinfo = join(await temporaryFolder(), 'cpuinfo');
    await writeFile(cpuinfo, 'processor : 0\nflags\t\t: fpu sse2 avx2 avx_vnni\n');
    expect(told(await lookAtMachine(cpuinfo))[1]).toBe(
      'ok processor: computes 8-bit products fast (avx_vnni)',
    );
    await writeFile(cpuinfo, 'Features\t: fp asimd crc32\n');
    expect(told(await lookAtMachine(cpuinfo))[1]).toMatch(/^warn processor: has no /);
  });

  it('has a clock that was set', async () => {
    expect(told(await lookAtClock(new Date(0)))).toEqual([
      'warn clock: it is 1970-01-01T00:00:00.000Z, which is before this program was installed',
    ]);
    expect((await lookAtClock())[0]!.status).toBe('ok');
  });
});

describe('a serial line', () => {
  it('is measured against what the task reads', async () => {
    const swim = parseTaskSpec(await readYaml(join(REPOSITORY, 'configs/tasks/swim.yaml')), 'swim');
    const rate = Math.max(...writings(swim).map(({ bytesPerS }) => bytesPerS));
    expect(linkBudget('/dev/x', Math.ceil(rate * 20), swim).status).toBe('ok');
    expect(linkBudget('/dev/x', Math.ceil(rate * 10), swim)).toMatchObject({
      status: 'warn',
      fix: expect.stringMatching(/^send frames of 10 rows, or set a higher baudRate/),
    });
    expect(linkBudget('/dev/x', 300, swim)).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/^\/dev\/x at 300 baud carries 30 bytes\/s: even /),
    });
  });
});
