import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { availableMemoryBytes } from '../../../pipeline/measure/available-memory.ts';
import { temporaryFolder } from '../../temporary.ts';

const MB = 1 << 20;

/** A machine of text files. */
async function machine(files: Record<string, string>) {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return { proc: join(folder, 'proc'), cgroup: join(folder, 'cgroup') };
}

const meminfo = `MemTotal: 4000000 kB\nMemFree: 100000 kB\nMemAvailable: ${1000 * 1024} kB\n`;

it('tells what the machine has free, file cache included', async () => {
  expect(await availableMemoryBytes(await machine({ 'proc/meminfo': meminfo }))).toBe(1000 * MB);
});

it('tells what the tightest of the groups around the process leaves, file cache included', async () => {
  const folders = await machine({
    'proc/meminfo': meminfo,
    'proc/self/cgroup': '0::/system.slice/tinyllm.service\n',
    'cgroup/system.slice/memory.max': `${300 * MB}\n`,
    'cgroup/system.slice/memory.current': `${250 * MB}\n`,
    'cgroup/system.slice/memory.stat': `anon 5\ninactive_file ${20 * MB}\n`,
    'cgroup/system.slice/tinyllm.service/memory.max': 'max\n',
    'cgroup/system.slice/tinyllm.service/memory.current': `${240 * MB}\n`,
  });
  expect(await availableMemoryBytes(folders)).toBe(70 * MB);
});

it('has nothing left in a group that is over its limit', async () => {
  const folders = await machine({
    'proc/meminfo': meminfo,
    'proc/self/cgroup': '0::/\n',
    'cgroup/memory.max': `${MB}\n`,
    'cgroup/memory.current': `${2 * MB}\n`,
  });
  expect(await availableMemoryBytes(folders)).toBe(0);
});

it('asks the system where there are no such files', async () => {
  expect(await availableMemoryBytes(await machine({}))).toBeGreaterThan(MB);
  expect(await availableMemoryBytes()).toBeGreaterThan(MB);
});
