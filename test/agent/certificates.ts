import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { requireTool } from '../tools.ts';
import { temporaryFolder } from './rig.ts';

/** PEM files. */
export interface TestKeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** Subject alternative names; those of this machine when absent. */
  readonly names?: string;
  /** Negative: it has ended. */
  readonly days?: number;
}

/** An authority of the test's own, made anew each time, and what it signs. */
export interface TestAuthority {
  /** Its own certificate. */
  readonly ca: string;
  sign(name: string, options?: CertificateOptions): Promise<TestKeyPair>;
}

const THIS_MACHINE = 'DNS:localhost,IP:127.0.0.1';

export async function testAuthority(test: TestContext): Promise<TestAuthority> {
  const folder = await temporaryFolder();
  const openssl = (...args: string[]) =>
    execFileSync(requireTool('openssl', test), args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    '2',
    '-subj',
    '/CN=Test',
  );
  return {
    ca: join(folder, 'ca.crt'),
    sign: async (name, { names = THIS_MACHINE, days = 30 } = {}) => {
      const [key, request, cert] = [`${name}.key`, `${name}.csr`, `${name}.crt`];
      openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
      await writeFile(join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
      const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', String(days)];
      openssl('x509', '-req', '-in', request, ...signer, '-extfile', `${name}.ext`, '-out', cert);
      return { cert: join(folder, cert), key: join(folder, key) };
    },
  };
}
