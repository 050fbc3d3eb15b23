import { execFileSync, spawn } from 'node:child_process';
import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../../agent/log.ts';
import { DiskStore } from '../../../agent/mqtt/disk-store.ts';
import { REPOSITORY, requireTool } from '../../tools.ts';
import { eventually, temporaryFolder } from '../rig.ts';

/** A store in a process of its own, which changes something every few milliseconds and says how it goes. */
const PROGRAM = `
import { DiskStore } from '${join(REPOSITORY, 'agent/mqtt/disk-store.ts')}';
const lines = [];
const keep = (line) => void lines.push(line);
const store = await DiskStore.open(process.argv[2], { info: keep, warn: keep, error: keep });
for (let i = 0; ; i++) {
  store.put('key ' + i, 'x'.repeat(1000));
  console.log(JSON.stringify({ keys: i + 1, lines }));
  await new Promise((resolve) => setTimeout(resolve, 10));
}`;

interface Said {
  readonly keys: number;
  readonly lines: readonly string[];
}

it('keeps what changes in memory while the disk is full, says so, and writes it once there is room', async (test) => {
  // A limit on the size of files is as good as a full disk, and needs no disk of one's own.
  const prlimit = requireTool('prlimit', test);
  const folder = await temporaryFolder();
  const store = join(folder, 'store');
  const program = join(folder, 'store.mts');
  await writeFile(program, PROGRAM);
  const child = spawn(process.execPath, ['--import', 'tsx', program, store], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said: Said = { keys: 0, lines: [] };
  createInterface(child.stdout).on('line', (line) => {
    said = JSON.parse(line) as Said;
  });
  const limit = (bytes: number | 'unlimited') =>
    execFileSync(prlimit, ['--pid', String(child.pid), `--fsize=${bytes}:unlimited`]);
  /** What a kill would leave now. */
  const onDisk = async (): Promise<number> => {
    const copy = join(await mkdtemp(join(folder, 'copy-')), 'store');
    await cp(store, copy, { recursive: true });
    const opened = await DiskStore.open(copy, silentLog);
    const { length } = await opened!.entries();
    await opened!.close();
    return length;
  };

  // A process begins slowly on a busy machine.
  await eventually(() => expect(said.keys).toBeGreaterThan(0));
  await eventually(async () => expect(await onDisk()).toBeGreaterThan(0));
  limit(2000);
  await eventually(() =>
    expect(said.lines).toEqual([
      expect.stringMatching(/cannot be written.*too large.*make room on the disk/),
    ]),
  );
  const { keys } = said;
  await eventually(() => expect(said.keys).toBeGreaterThan(keys + 10));
  limit('unlimited');
  await eventually(() => expect(said.lines).toEqual([expect.anything(), expect.stringContaining('again')]));
  const before = said.keys;
  await eventually(async () => expect(await onDisk()).toBeGreaterThanOrEqual(before));
});
