import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stateFolderTrouble } from '../../../agent/machine/state-folder-trouble.ts';

const withCode = (code: string): Error => Object.assign(new Error(`${code}: what Node says`), { code });

it.each([
  ['ENOSPC', 'the disk is full', /make room/],
  ['EROFS', 'the disk is mounted read-only', /writable/],
  ['EACCES', 'this user may not write there', /writable/],
  ['ENOENT', 'the folder is not there and could not be made', /writable/],
])('says of %s: %s', (code, reason, hint) => {
  const trouble = stateFolderTrouble(withCode(code));
  expect(trouble.reason).toBe(reason);
  expect(trouble.hint).toMatch(hint);
});

it('knows a file in the place of a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
  try {
    await writeFile(join(folder, 'file'), '');
    const error = await mkdir(join(folder, 'file', 'state'), { recursive: true }).catch((e: unknown) => e);
    expect(stateFolderTrouble(error).hint).toMatch(/move that file away/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('repeats what it does not know', () => {
  expect(stateFolderTrouble(withCode('EIO')).reason).toBe('EIO: what Node says');
});
