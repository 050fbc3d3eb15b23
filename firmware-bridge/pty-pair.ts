import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TinyError } from '../protocols/errors.ts';

/** Two pseudo-terminals joined by socat: what goes into one comes out of the other, like a cable with two ends. */
export interface PtyPair {
  readonly near: string;
  readonly far: string;
  /** Resolves when socat has ended, by `cut` or by itself. */
  readonly ended: Promise<void>;
  /** Pull the cable: both names are gone. */
  cut(): Promise<void>;
}

const LOOK_EVERY_MS = 10;
const PATIENCE_MS = 10_000;

/**
 * Make a pair at two paths, which must not exist.
 *
 * @throws TinyError when socat is not there or cannot make them
 */
export async function makePtyPair(near: string, far: string): Promise<PtyPair> {
  for (const path of [near, far]) {
    if (existsSync(path)) throw new TinyError(`${path} is there already`, 'name a path that is free');
  }
  const socat = spawn('socat', [pty(near), pty(far)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  socat.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-500);
  });
  let failure: Error | undefined;
  socat.on('error', (error) => {
    failure = error;
  });
  const ended = new Promise<void>((resolve) => {
    socat.once('close', () => resolve());
  });
  const isGone = (): boolean => failure !== undefined || socat.exitCode !== null || socat.signalCode !== null;
  const giveUpMs = performance.now() + PATIENCE_MS;
  while (!(existsSync(near) && existsSync(far))) {
    if (isGone() || performance.now() > giveUpMs) {
      socat.kill();
      throw cannot(near, failure, said);
    }
    await sleep(LOOK_EVERY_MS);
  }
  const cut = async (): Promise<void> => {
    if (isGone()) return;
    socat.kill();
    await once(socat, 'close');
  };
  return { near, far, ended, cut };
}

const pty = (path: string): string => `pty,raw,echo=0,link=${path}`;

function cannot(path: string, failure: Error | undefined, said: string): TinyError {
  if ((failure as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
    return new TinyError(
      'socat is not installed: it makes the pair of pseudo-terminals',
      'sudo apt install socat, or give a serial port that is there',
    );
  }
  const reason = said.trim().split('\n').at(-1) || failure?.message || 'no answer';
  return new TinyError(`socat cannot make ${path}: ${reason}`, 'name a path in a folder of your own');
}
