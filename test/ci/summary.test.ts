import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../tools.ts';

/** One file of vitest's JSON report, with tests of these statuses. */
const file = (...statuses: string[]) => ({
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status, index) => ({ status, fullName: `test ${index}` })),
});
const BROKEN_FILE = { status: 'failed', assertionResults: [] };

describe('.ci/summary.mjs', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tinyllm-summary-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const summarise = (report: unknown) => {
    const path = join(folder, 'tests.json');
    if (report === undefined) rmSync(path, { force: true });
    else writeFileSync(path, JSON.stringify(report));
    const { status, stdout } = spawnSync(process.execPath, ['.ci/summary.mjs', path], {
      cwd: REPOSITORY,
      encoding: 'utf8',
    });
    return { status, last: stdout.trimEnd().split('\n').at(-1) };
  };

  it.each([
    ['all passed', [file('passed', 'passed'), file('passed')], 0, '3 passed, 0 failed, 0 skipped'],
    ['one failed', [file('passed', 'failed')], 1, '1 passed, 1 failed, 0 skipped'],
    ['one was skipped', [file('passed', 'skipped')], 1, '1 passed, 0 failed, 1 skipped'],
    ['a file could not be loaded', [file('passed'), BROKEN_FILE], 1, '1 passed, 1 failed, 0 skipped'],
    ['none ran', [], 1, '0 passed, 0 failed, 0 skipped'],
  ])('when %s', (_, testResults, status, last) => {
    expect(summarise({ testResults })).toEqual({ status, last });
  });

  it('when there is no report', () => {
    expect(summarise(undefined)).toEqual({ status: 1, last: '0 passed, 0 failed, 0 skipped' });
  });
});
