import { randomUUID } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TinyError } from '../../protocols/errors.ts';

/** A folder that is ours. */
export interface FolderLock {
  release(): Promise<void>;
}

const FILE = 'lock';
const ATTEMPTS = 3;

/**
 * Take a folder for this process. The lock of a process that was killed does not count: it is known by its number and its
 * start, which no other process of this machine shares until it is switched off.
 *
 * @throws TinyError when another process that runs has it
 * @throws the error of the file system when the folder cannot be written
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, FILE);
  const ours = JSON.stringify({ pid: process.pid, start: await startOf(process.pid) });
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, ours, { mode: 0o600 });
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      // A link, unlike a rename, does not replace what is there.
      const taken = await link(temporary, path).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return false;
          throw error;
        },
      );
      if (taken) return { release: () => unlink(path).catch(() => {}) };
      const pid = await livingHolder(path);
      if (pid !== undefined) throw inUse(folder, pid);
      await unlink(path).catch(() => {});
    }
    throw inUse(folder, undefined);
  } finally {
    await unlink(temporary).catch(() => {});
  }
}

/** Who has the lock, if it still runs. */
async function livingHolder(path: string): Promise<number | undefined> {
  const holder = jsonOf(await readFile(path, 'utf8').catch(() => ''));
  if (typeof holder?.pid !== 'number' || !runs(holder.pid)) return undefined;
  return (await startOf(holder.pid)) === holder.start ? holder.pid : undefined;
}

function jsonOf(text: string): { pid?: unknown; start?: unknown } | undefined {
  try {
    return JSON.parse(text) as { pid?: unknown; start?: unknown };
  } catch {
    return undefined; // Torn by a power cut.
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * When a process started, in words that only it has: the machine's boot and the clock ticks since (Linux, proc(5), field
 * 22 of stat). Empty where there is no /proc; there the number alone must do.
 */
async function startOf(pid: number): Promise<string> {
  try {
    const [boot, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // The second field, the name of the program, may hold spaces and brackets.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${boot.trim()} ${ticks}`;
  } catch {
    return '';
  }
}

const inUse = (folder: string, pid: number | undefined): TinyError =>
  new TinyError(
    `another process${pid === undefined ? '' : ` (${pid})`} uses ${folder}`,
    'stop it first, or give this one a folder of its own (--state DIR); agents may have names of their own, too (agent: in the configuration)',
  );
