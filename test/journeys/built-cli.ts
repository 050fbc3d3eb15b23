import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll } from 'vitest';
import { REPOSITORY } from '../tools.ts';

export interface Finished {
  readonly exit: number;
  readonly stdout: string;
  /** Errors, hints and progress. */
  readonly stderr: string;
}

/** Builds what is not built yet. Call it at the top of a file that runs the command. */
export function builtCli(): void {
  beforeAll(() => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], {
      cwd: REPOSITORY,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
  });
}

/** `tinyllm` as it ships, in a process of its own. */
export const tinyllm = (...argv: readonly string[]): Promise<Finished> => finished(started(argv, 'ignore'));

/** The same, reading a text from standard input. */
export function tinyllmReading(input: string, ...argv: readonly string[]): Promise<Finished> {
  const child = started(argv, 'pipe');
  child.stdin?.end(input);
  return finished(child);
}

/** `tinyllm` as it ships, still running. */
export const started = (argv: readonly string[], stdin: 'ignore' | 'pipe'): ChildProcess =>
  spawn(process.execPath, [join(REPOSITORY, 'dist/cli.js'), ...argv], {
    cwd: REPOSITORY,
    stdio: [stdin, 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });

export async function finished(child: ChildProcess): Promise<Finished> {
  const [stdout, stderr, [exit]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { exit, stdout, stderr };
}

/** A command that must have printed one line of JSON, and nothing else, on standard output. */
export async function tinyllmJson<T>(...argv: readonly string[]): Promise<T> {
  const { exit, stdout, stderr } = await tinyllm(...argv, '--json');
  if (exit !== 0) throw new Error(`tinyllm ${argv.join(' ')} exits ${exit}\n${stderr}`);
  if (stdout.indexOf('\n') !== stdout.length - 1) throw new Error(`more than a line on stdout:\n${stdout}`);
  return JSON.parse(stdout) as T;
}
