import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { readRepositoryFile } from '../architecture/files.ts';
import { currentPage } from '../campaigns/harness/files.ts';
import { campaignResult } from '../campaigns/harness/result.ts';
import { temporaryFolder } from '../temporary.ts';
import { REPOSITORY } from '../tools.ts';

const campaign = (...words: readonly string[]) =>
  spawn(process.execPath, ['--import', 'tsx', 'scripts/campaign.ts', ...words], { cwd: REPOSITORY });

it('docs/campaigns.md says what docs/campaigns holds', async () => {
  // If not: npm run campaign -- NAME, or run `writePage` of test/campaigns/harness/files.ts
  expect(readRepositoryFile('docs/campaigns.md')).toBe(await currentPage());
});

it('prints its seed, tells whether all holds, and leaves a result that says where it comes from', async () => {
  const out = await temporaryFolder();
  const run = campaign('fuzz', '--size', '500', '--seed', '7', '--out', out);
  const [said, told, [status]] = await Promise.all([text(run.stderr), text(run.stdout), once(run, 'exit')]);
  expect(said).toMatch(/^campaign fuzz, 500 inputs, seed 7\n/);
  expect(told).toMatch(/✓ {2}read without a crash +\d+ inputs {2}>= 500\n/);
  expect(told).toContain('all holds; seed 7');
  expect(status).toBe(0);
  const file = await readFile(join(out, 'fuzz.json'), 'utf8');
  const result = campaignResult.parse(JSON.parse(file));
  expect(result).toMatchObject({ campaign: 'fuzz', seed: 7, size: 500, full: false, holds: true });
  expect(result.machine.node).toBe(process.versions.node);
  expect(file).not.toContain(REPOSITORY);
});

it('ends at Ctrl-C without a result', async () => {
  const out = await temporaryFolder();
  const run = campaign('fuzz', '--size', '1000000000', '--out', out);
  const [seed] = (await once(createInterface(run.stderr), 'line')) as [string];
  expect(seed).toContain('seed');
  run.kill('SIGINT');
  const [status] = await once(run, 'exit');
  expect(status).toBe(130);
  expect(await readdir(out)).toEqual([]);
});

it.each([
  [['swop'], 'write swap'],
  [[], 'kill|serial|fuzz|soak|swap'],
  [['fuzz', '--size', '0'], 'size'],
])('campaign %j is not understood', async (words, hint) => {
  const run = campaign(...words);
  const [said, [status]] = await Promise.all([text(run.stderr), once(run, 'exit')]);
  expect(status).toBe(2);
  expect(said).toContain(hint);
});
