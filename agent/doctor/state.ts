import { mkdir, open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { stateFolderTrouble } from '../machine/state-folder-trouble.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { bytesText } from './machine.ts';

const MB = 1 << 20;
/** Outbox, passwords, schedules and the broker's store come to less. */
const ENOUGH_FREE_BYTES = 256 * MB;
const NEEDED_FREE_BYTES = 16 * MB;
/** A disk that takes longer to keep a line holds up every prediction that waits for a broker. */
const SLOW_FSYNC_MS = 100;
const FSYNCS = 5;

/** The folder in which the agent keeps what it must not forget. */
export async function lookAtState(folder: string): Promise<Finding[]> {
  const probe = join(folder, `.doctor-${process.pid}`);
  let fsyncMs: number;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    fsyncMs = await measureFsync(probe);
  } catch (error) {
    const { reason, hint } = stateFolderTrouble(error);
    return [fail('state', `the state folder ${folder} cannot be written: ${reason}`, hint)];
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
  return [await privacy(folder), speed(fsyncMs), await space(folder)];
}

async function privacy(folder: string): Promise<Finding> {
  const { mode } = await stat(folder);
  if (process.platform === 'win32' || (mode & 0o077) === 0)
    return ok('state', `${folder} is writable, and this user's alone`);
  return warn('state', `others may look into ${folder}`, `chmod 700 ${folder}`);
}

function speed(fsyncMs: number): Finding {
  const message = `a line is safe on disk in ${fsyncMs.toFixed(1)} ms`;
  return fsyncMs <= SLOW_FSYNC_MS
    ? ok('disk', message)
    : warn(
        'disk',
        message,
        'a slow or worn SD card: use a better one, or an SSD, for the state folder (--state DIR)',
      );
}

async function space(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const message = `${bytesText(free)} free for ${folder}`;
  if (free >= ENOUGH_FREE_BYTES) return ok('disk', message);
  const judged = free < NEEDED_FREE_BYTES ? fail : warn;
  return judged('disk', message, 'make room: what cannot be kept on disk is lost with the power');
}

/** The median of a few, in milliseconds. */
async function measureFsync(path: string): Promise<number> {
  const file = await open(path, 'w', 0o600);
  try {
    const times: number[] = [];
    for (let i = 0; i < FSYNCS; i++) {
      const start = performance.now();
      await file.write(Buffer.alloc(4096));
      await file.datasync();
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[FSYNCS >> 1]!;
  } finally {
    await file.close();
  }
}
