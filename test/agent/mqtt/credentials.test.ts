import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { credentialsPath, defaultStateDir, loadCredentials, USERS } from '../../../agent/mqtt/credentials.ts';
import { temporaryFolder } from '../rig.ts';

describe('credentials', () => {
  it('are made up once, each password of its own, for their owner only', async () => {
    const stateDir = join(await temporaryFolder(), 'state', 'tinyllm');
    const made = await loadCredentials(stateDir);
    expect(await loadCredentials(stateDir)).toEqual(made);
    const passwords = USERS.map((user) => made[user].password);
    expect(new Set(passwords).size).toBe(USERS.length);
    for (const password of passwords) expect(password).toMatch(/^[\w-]{24}$/);
    expect((await stat(credentialsPath(stateDir))).mode & 0o777).toBe(0o600);
    expect((await stat(stateDir)).mode & 0o777).toBe(0o700);
    expect(await readdir(stateDir)).toEqual(['credentials.json']);
  });

  it('are made for further users when they are first named; a password of the configuration is not written down', async () => {
    const stateDir = await temporaryFolder();
    const before = await loadCredentials(stateDir);
    const further = { 'wrist-01': {}, grafana: { password: 'of the configuration' } };
    const after = await loadCredentials(stateDir, further);
    expect(after).toMatchObject(before);
    expect(after['wrist-01']?.password).toMatch(/^[\w-]{24}$/);
    expect(after.grafana).toEqual({ username: 'grafana', password: 'of the configuration' });
    expect(await loadCredentials(stateDir, further)).toEqual(after);
    const kept = JSON.parse(await readFile(credentialsPath(stateDir), 'utf8')) as object;
    expect(Object.keys(kept)).toEqual(['agent', 'board', 'viewer', 'wrist-01']);
    expect((await stat(credentialsPath(stateDir))).mode & 0o777).toBe(0o600);
    // Who is no user any more has no way in.
    expect(Object.keys(await loadCredentials(stateDir))).toEqual(['agent', 'board', 'viewer']);
  });

  it('are the same for two that start at once', async () => {
    const stateDir = await temporaryFolder();
    const [one, two] = await Promise.all([loadCredentials(stateDir), loadCredentials(stateDir)]);
    expect(one).toEqual(two);
  });

  it('are refused when others may read them, or when they are damaged', async () => {
    const stateDir = await temporaryFolder();
    const path = credentialsPath(stateDir);
    await writeFile(path, '{"agent": ', { mode: 0o600 });
    await expect(loadCredentials(stateDir)).rejects.toThrow('is damaged');
    await chmod(path, 0o644);
    await expect(loadCredentials(stateDir)).rejects.toMatchObject({ hint: `chmod 600 ${path}` });
  });

  it.each([
    ['a file', (path: string) => writeFile(path, ''), /ENOTDIR/],
    [
      'a folder in which they are a folder',
      (path: string) => mkdir(credentialsPath(path), { recursive: true, mode: 0o700 }),
      /EISDIR/,
    ],
  ])('are refused with the fix when the state folder is %s', async (_, make, message) => {
    const stateDir = join(await temporaryFolder(), 'state');
    await make(stateDir);
    await expect(loadCredentials(stateDir)).rejects.toMatchObject({
      name: 'TinyError',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('--state'),
    });
  });

  it('live where the XDG specification puts them', () => {
    expect(defaultStateDir({ XDG_STATE_HOME: '/var/state' })).toBe('/var/state/tinyllm');
    expect(defaultStateDir({ XDG_STATE_HOME: 'relative' })).toMatch(/\/\.local\/state\/tinyllm$/);
  });
});
