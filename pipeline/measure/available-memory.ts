import { readFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import { dirname, join } from 'node:path';

/** Where Linux tells of memory; a test has folders of its own. */
export interface MemoryFolders {
  readonly proc: string;
  readonly cgroup: string;
}

const LINUX: MemoryFolders = { proc: '/proc', cgroup: '/sys/fs/cgroup' };

/**
 * Bytes that this process may still take: what the machine has (`MemAvailable`: proc(5)), and what every control group
 * around the process leaves it (`memory.max`: Linux, cgroup-v2, "Memory Interface Files"). File cache that the
 * kernel would give back counts as free in both.
 */
export async function availableMemoryBytes({ proc, cgroup }: MemoryFolders = LINUX): Promise<number> {
  const meminfo = await textOf(join(proc, 'meminfo'));
  const [, kilobytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo) ?? [];
  const ofMachine = kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
  return Math.min(ofMachine, await leftInGroups(proc, cgroup));
}

async function leftInGroups(proc: string, root: string): Promise<number> {
  const [, path = '/'] = /^0::(\S+)$/m.exec(await textOf(join(proc, 'self', 'cgroup'))) ?? [];
  let left = Number.POSITIVE_INFINITY;
  for (let group = path; ; group = dirname(group)) {
    left = Math.min(left, await leftInGroup(join(root, group)));
    if (group === '/' || group === '.') return left;
  }
}

async function leftInGroup(folder: string): Promise<number> {
  const limit = (await textOf(join(folder, 'memory.max'))).trim();
  // The root group has no limit, and says "max" where there is none.
  if (!/^\d+$/.test(limit)) return Number.POSITIVE_INFINITY;
  const used = Number(await textOf(join(folder, 'memory.current')));
  const [, cache = '0'] = /^inactive_file (\d+)$/m.exec(await textOf(join(folder, 'memory.stat'))) ?? [];
  return Math.max(0, Number(limit) - used + Number(cache));
}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
