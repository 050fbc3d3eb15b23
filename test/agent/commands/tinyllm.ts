import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { REPOSITORY } from '../../tools.ts';

/** A command line in a process of its own, ended with the test. */
export function start(...argv: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli.ts', ...argv], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr, [exit]]) => ({ exit: exit as number, stdout, stderr }),
  );
  return { child, ended };
}

/** The same, to its end. */
export const tinyllm = (...argv: string[]) => start(...argv).ended;
