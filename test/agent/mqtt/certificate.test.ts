import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../agent/log.ts';
import { readAuthorities, readKeyPair } from '../../../agent/mqtt/certificate.ts';
import { type TestAuthority, testAuthority } from '../certificates.ts';
import { temporaryFolder } from '../rig.ts';
import { warningsIn } from './broker-rig.ts';

const section = 'broker.embedded.tls';
const names = { cert: `${section}.cert`, key: `${section}.key` };
const problem = (message: string, hint: string) =>
  expect.objectContaining({
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
    exitCode: 78,
  });

describe('a certificate and its key', () => {
  let authority: TestAuthority;
  beforeEach(async (test) => {
    authority = await testAuthority(test as Parameters<typeof testAuthority>[0]);
  });

  it('are read when they go together, without a word', async () => {
    const files = await authority.sign('hub');
    const lines: string[] = [];
    const { cert, key } = await readKeyPair({ ...files, names }, warningsIn(lines));
    expect([cert.toString(), key.toString()]).toEqual([
      expect.stringContaining('BEGIN CERTIFICATE'),
      expect.stringContaining('PRIVATE KEY'),
    ]);
    expect(lines).toEqual([]);
  });

  it('are refused when the one is not of the other', async () => {
    const [hub, other] = [await authority.sign('hub'), await authority.sign('other')];
    await expect(readKeyPair({ cert: hub.cert, key: other.key, names }, silentLog)).rejects.toEqual(
      problem(`the key ${other.key} does not belong to the certificate ${hub.cert}`, `${section}.key`),
    );
  });

  it('are refused when they have ended, and said to end soon', async () => {
    const ended = await authority.sign('old', { days: -1 });
    await expect(readKeyPair({ ...ended, names }, silentLog)).rejects.toEqual(
      problem(`the certificate ${ended.cert} ended on `, 'renew it'),
    );
    const ending = await authority.sign('late', { days: 5 });
    const lines: string[] = [];
    await readKeyPair({ ...ending, names }, warningsIn(lines));
    expect(lines).toEqual([expect.stringMatching(/late\.crt ends on \d{4}-\d\d-\d\d; renew it/)]);
  });

  it('are refused when a file is missing, or is something else', async () => {
    const { cert, key } = await authority.sign('hub');
    const folder = await temporaryFolder();
    const absent = join(folder, 'absent.pem');
    const nothing = join(folder, 'nothing.pem');
    const locked = join(folder, 'locked.pem');
    await writeFile(nothing, 'hello\n');
    execFileSync('openssl', ['pkey', '-in', key, '-aes256', '-passout', 'pass:secret', '-out', locked]);
    const read = (files: { cert: string; key: string }) => readKeyPair({ ...files, names }, silentLog);
    await expect(read({ cert: absent, key })).rejects.toEqual(
      problem(`there is no file ${absent}`, `${section}.cert`),
    );
    await expect(read({ cert: folder, key })).rejects.toEqual(problem('EISDIR', 'read it'));
    await expect(read({ cert: nothing, key })).rejects.toEqual(
      problem('holds no certificate', 'BEGIN CERTIFICATE'),
    );
    await expect(read({ cert, key: cert })).rejects.toEqual(
      problem('holds no private key', 'BEGIN PRIVATE KEY'),
    );
    await expect(read({ cert, key: locked })).rejects.toEqual(
      problem('locked with a passphrase', `openssl pkey -in ${locked}`),
    );
    await expect(readAuthorities(nothing, 'broker.tls.ca')).rejects.toEqual(
      problem('holds no certificate', 'broker.tls.ca'),
    );
  });
});
