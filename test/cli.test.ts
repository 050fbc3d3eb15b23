import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { readRepositoryFile } from './architecture/files.ts';
import { REPOSITORY } from './tools.ts';

const start = (...argv: string[]) =>
  spawn(process.execPath, ['--import', 'tsx', 'cli.ts', ...argv], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

async function tinyllm(...argv: string[]) {
  const child = start(...argv);
  const [stdout, stderr, [exit]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { exit, stdout, stderr };
}

describe('tinyllm', () => {
  it('prints the version of the package', async () => {
    const { version } = JSON.parse(readRepositoryFile('package.json')) as { version: string };
    expect(await tinyllm('--version')).toEqual({ exit: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('lists each command as the command describes itself', async () => {
    const { stdout } = await tinyllm('--help');
    const rows = [...stdout.matchAll(/^ {2}([a-z]+) +(.+)$/gm)].map(([, name, summary]) => ({
      name,
      summary,
    }));
    expect(rows.length).toBeGreaterThan(10);
    const helps = await inPairs(rows, ({ name }) => tinyllm('help', name!));
    for (const [index, { name, summary }] of rows.entries()) {
      expect(helps[index]).toMatchObject({ exit: 0, stderr: '' });
      expect(helps[index]!.stdout).toMatch(new RegExp(`^Usage: tinyllm ${name}\\b`, 'm'));
      expect(helps[index]!.stdout.split('\n')[0]).toBe(summary);
    }
  });

  it('exits with 2 and a suggestion for a mistyped command', async () => {
    const stderr = 'error: unknown command evalute\nhint: did you mean tinyllm evaluate?\n';
    expect(await tinyllm('evalute')).toEqual({ exit: 2, stdout: '', stderr });
  });

  it('ends quietly when its reader has gone', async () => {
    const child = start('--help');
    child.stdout.destroy();
    const [stderr, [exit]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  });
});

/** Two at a time: each starts a process, and small machines have two cores. */
async function inPairs<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let first = 0; first < items.length; first += 2) {
    results.push(...(await Promise.all(items.slice(first, first + 2).map(work))));
  }
  return results;
}
