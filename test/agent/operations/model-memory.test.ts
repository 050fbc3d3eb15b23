import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Log, silentLog } from '../../../agent/log.ts';
import { ModelMemory } from '../../../agent/operations/model-memory.ts';
import { REPOSITORY } from '../../tools.ts';
import { runAgent, temporaryFolder } from '../rig.ts';

const AGENT = { site: 'lab', agent: 'hub' };
const A = { bundle: '/models/a', variant: undefined };
const B = { bundle: '/models/b', variant: 'int8' };
const C = { bundle: '/models/c' };

describe('the memory of a swap', () => {
  it('holds until the configuration names another model', async () => {
    const stateDir = await temporaryFolder();
    await new ModelMemory(stateDir, AGENT, silentLog).remember(A, B);
    const later = new ModelMemory(stateDir, AGENT, silentLog);
    expect(await later.recall({ bundle: '/models/a' })).toEqual(B);
    expect(await later.recall({ ...A, variant: 'fp32' })).toBeUndefined();
    // And not again when the configuration is as it was.
    expect(await later.recall(A)).toBeUndefined();
  });

  it('is of one agent, and ends with a swap back', async () => {
    const stateDir = await temporaryFolder();
    const memory = new ModelMemory(stateDir, AGENT, silentLog);
    await memory.remember(A, C);
    expect(
      await new ModelMemory(stateDir, { ...AGENT, agent: 'attic' }, silentLog).recall(A),
    ).toBeUndefined();
    expect(await memory.recall(A)).toEqual(C);
    await memory.remember(A, A);
    expect(await readdir(stateDir)).toEqual([]);
  });

  it('costs neither start nor swap when its file is damaged or cannot be written', async () => {
    const stateDir = await temporaryFolder();
    const lines: string[] = [];
    const log: Log = { ...silentLog, warn: (message) => void lines.push(message) };
    const memory = new ModelMemory(stateDir, AGENT, log);
    await writeFile(join(stateDir, 'model-lab.hub.json'), '{"swapped": 1}');
    expect(await memory.recall(A)).toBeUndefined();
    await rm(join(stateDir, 'model-lab.hub.json'));
    await mkdir(join(stateDir, 'model-lab.hub.json'));
    await memory.remember(A, B);
    expect(lines).toEqual([
      expect.stringMatching(/model-lab\.hub\.json is damaged/),
      expect.stringMatching(/cannot be written, so the next start takes the configured model/),
    ]);
  });
});

it('an agent goes on with the model that was swapped in, while that is there', {
  timeout: 200_000,
}, async () => {
  const [folder, stateDir] = [await temporaryFolder(), await temporaryFolder()];
  const [present, next] = [join(folder, 'present'), join(folder, 'next')];
  for (const path of [present, next]) {
    await cp(join(REPOSITORY, 'models', 'local'), path, { recursive: true });
  }
  const lines: string[] = [];
  const log: Log = { ...silentLog, warn: (message) => void lines.push(message) };
  const begin = () => runAgent({ bundle: present }, { brain: undefined, stateDir, log });

  const first = await begin();
  expect(first.bundles).toEqual([present]);
  await first.operator.do('swap', { bundle: 'next' });
  await first.stop();
  const second = await begin();
  expect(second.bundles).toEqual([next]);
  await second.stop();

  await rm(next, { recursive: true });
  const third = await begin();
  expect(third.bundles).toEqual([present]);
  expect(lines).toContainEqual(
    expect.stringMatching(
      /swapped in cannot be started: there is no bundle at .*next.*present of the configuration/,
    ),
  );
});
