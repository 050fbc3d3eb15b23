import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { eventually, temporaryFolder } from '../../temporary.ts';
import { REPOSITORY, requireTool } from '../../tools.ts';

interface Said {
  readonly journalled: number;
  readonly waiting: number;
  readonly isOnDisk: boolean;
  readonly lines: readonly string[];
}

/** An outbox in a process of its own, that puts a message every few milliseconds and says how it goes. */
const PROGRAM = `
import { Outbox } from '${join(REPOSITORY, 'agent/outbox/outbox.ts')}';
const lines = [];
const keep = (line) => void lines.push(line);
const log = { info: keep, warn: keep, error: keep };
const outbox = await Outbox.open({ folder: process.argv[2], maxBytes: 1 << 24, maxAgeMs: 3.6e6, commitMs: 5, log });
for (;;) {
  outbox.put({ topic: 't', payload: JSON.stringify('x'.repeat(1000)), retain: 'never' });
  const { journalled, waiting, isOnDisk } = outbox;
  console.log(JSON.stringify({ journalled, waiting, isOnDisk, lines }));
  await new Promise((resolve) => setTimeout(resolve, 10));
}`;

it('says what to do when the disk takes no more, and goes on when it does again, without a gap', async (test) => {
  // A limit on the size of files is as good as a full disk, and needs no disk of one's own.
  const prlimit = requireTool('prlimit', test);
  const folder = await temporaryFolder();
  const program = join(folder, 'outbox.mts');
  await writeFile(program, PROGRAM);
  const child = spawn(process.execPath, ['--import', 'tsx', program, join(folder, 'outbox')], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said: Said | undefined;
  const lines = createInterface(child.stdout).on('line', (line) => {
    said = JSON.parse(line) as Said;
  });
  const limit = (bytes: number | 'unlimited') =>
    execFileSync(prlimit, ['--pid', String(child.pid), `--fsize=${bytes}:unlimited`]);

  await once(lines, 'line');
  await eventually(() => expect(said?.journalled).toBeGreaterThan(3));
  limit(0);
  await eventually(() => expect(said?.isOnDisk).toBe(false));
  expect(said!.lines).toEqual([
    expect.stringMatching(/may not become larger.*wait in memory.*make room there/),
  ]);
  const { journalled, waiting } = said!;
  await eventually(() => expect(said!.waiting).toBeGreaterThan(waiting + 10));
  expect(said!.journalled).toBe(journalled);

  limit('unlimited');
  await eventually(() => {
    expect(said).toMatchObject({
      isOnDisk: true,
      lines: [expect.anything(), expect.stringContaining('again')],
    });
    expect(said!.journalled).toBeGreaterThan(journalled + 10);
    // All but those of the group that is gathered now.
    expect(said!.waiting - said!.journalled).toBeLessThan(10);
  });
});
