import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { writeWhole } from '../../trainer/write-whole.ts';

it('on a full disk the old file stays, and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'report.html');
  await writeWhole(path, 'old');
  // A device on which every write fails as on a full disk.
  await symlink('/dev/full', `${path}.partial`);
  await expect(writeWhole(path, 'new')).rejects.toMatchObject({ message: `cannot write ${path} (ENOSPC)` });
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['report.html']);
});
