import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { REPOSITORY, requireTool } from '../tools.ts';

/** What the script calls besides what it fetches with. */
const PROGRAMS = ['bash', 'env', 'dirname', 'mkdir', 'mktemp', 'rm', 'mv', 'ln', 'getconf', 'head'];

/** A machine with nothing but these programs, and a folder for what is fetched. */
async function bareMachine(test: TestContext) {
  const folder = await temporaryFolder();
  const [bin, cache] = [join(folder, 'bin'), join(folder, 'cache')];
  await mkdir(bin);
  for (const name of PROGRAMS) await symlink(requireTool(name, test), join(bin, name));
  const run = (...argv: readonly string[]) =>
    spawnSync(join(REPOSITORY, 'scripts/arm64.sh'), ['--cache', cache, ...argv], {
      encoding: 'utf8',
      env: { PATH: bin, HOME: folder },
    });
  return { bin, cache, run };
}

/** As if all had been fetched; the emulator is a script that prints its arguments. */
async function withAllParts(test: TestContext) {
  const machine = await bareMachine(test);
  const { bin, cache } = machine;
  const node = /NODE_VERSION=(\S+)/.exec(await readFile(join(REPOSITORY, 'scripts/arm64.sh'), 'utf8'))![1];
  for (const part of ['libraries', `node-${node}`]) await mkdir(join(cache, part), { recursive: true });
  const qemu = join(bin, 'qemu-aarch64-static');
  await writeFile(qemu, '#!/usr/bin/env bash\nprintf "%s\\n" "$@"\n');
  await chmod(qemu, 0o755);
  return { ...machine, node: join(cache, `node-${node}`, 'node') };
}

describe('scripts/arm64.sh', () => {
  it('runs the built command on the board that was asked for', async (test) => {
    const { cache, node, run } = await withAllParts(test);
    const { status, stdout } = run('--cpu', 'cortex-a76', 'verify', '--bundle', 'models/gesture');
    expect(status).toBe(0);
    const board = join(cache, 'cortex-a76');
    const cli = join(REPOSITORY, 'dist/cli.js');
    expect(stdout.trimEnd().split('\n')).toEqual([
      ...['-cpu', 'cortex-a76', '-L', board, node, cli, 'verify', '--bundle', 'models/gesture'],
    ]);
    const cpuinfo = await readFile(join(board, 'proc/cpuinfo'), 'utf8');
    expect(cpuinfo.match(/^CPU part\t: 0xd0b$/gm)?.length).toBeGreaterThanOrEqual(availableParallelism());
    expect(cpuinfo).toMatch(/^Features\t: .*\basimddp$/m);
    expect((await readdir(cache)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('is a Raspberry Pi 4 when nothing else is asked for, and keeps what it has', async (test) => {
    const { cache, run } = await withAllParts(test);
    expect(run().status).toBe(0);
    const before = await readFile(join(cache, 'cortex-a72/proc/cpuinfo'), 'utf8');
    expect(before).toMatch(/^CPU part\t: 0xd08$/m);
    expect(run()).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it('exits 69 where a part cannot be had, and leaves nothing behind', async (test) => {
    const { cache, run } = await bareMachine(test);
    const { status, stderr } = run('demo');
    expect(status).toBe(69);
    expect(stderr).toMatch(/^error: .*apt-get is not here\nhint: run it on Debian or Ubuntu/m);
    expect(await readdir(cache)).toEqual([]);
  });

  it.each([
    [['--cpu', 'z80', 'demo'], 'processors are cortex-a53'],
    [['--board', 'pi4', 'demo'], 'flags before the command'],
  ])('does not understand %j', async (argv, hint) => {
    const { status, stderr } = spawnSync(join(REPOSITORY, 'scripts/arm64.sh'), argv, { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain(hint);
  });
});
