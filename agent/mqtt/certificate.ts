import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { configError } from '../../protocols/errors.ts';
import type { Log } from '../log.ts';

/** A certificate and its private key, PEM: read, and known to go together. */
export interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface KeyPairFiles {
  readonly cert: string;
  readonly key: string;
  /** Where they are named, such as `broker.embedded.tls.cert`. */
  readonly names: { readonly cert: string; readonly key: string };
}

const SOON_MS = 21 * 86_400_000;

/**
 * Read a certificate and its key.
 *
 * @param log told of a certificate that ends soon, or that begins later than this machine's clock: a board without a
 *   clock chip starts with a wrong one
 * @throws TinyError (exit 78) when one of them is missing, damaged or out of date, or when they do not go together
 */
export async function readKeyPair({ cert, key, names }: KeyPairFiles, log: Log): Promise<KeyPair> {
  const pem = { cert: await readPem(cert, names.cert), key: await readPem(key, names.key) };
  const certificate = certificateIn(pem.cert, cert, names.cert);
  if (!certificate.checkPrivateKey(keyIn(pem.key, key))) {
    throw configError(
      `the key ${key} does not belong to the certificate ${cert}`,
      `name the key with which this certificate was made in ${names.key}`,
    );
  }
  checkDates(certificate, cert, log);
  return pem;
}

/** Certificates by which those of others are judged. Throws `TinyError` (exit 78) when there is none in the file. */
export async function readAuthorities(path: string, key: string): Promise<Buffer> {
  const pem = await readPem(path, key);
  certificateIn(pem, path, key);
  return pem;
}

async function readPem(path: string, key: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw configError(`there is no file ${path}`, `check ${key}`, error);
    throw configError(`${path} cannot be read: ${message}`, 'let the user who runs the agent read it', error);
  }
}

function certificateIn(pem: Buffer, path: string, key: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw configError(
      `${path} holds no certificate`,
      `${key} names a PEM file that begins with -----BEGIN CERTIFICATE-----`,
      error,
    );
  }
}

function keyIn(pem: Buffer, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const isLocked = pem.includes('ENCRYPTED');
    throw configError(
      isLocked ? `the key ${path} is locked with a passphrase` : `${path} holds no private key`,
      isLocked
        ? `unlock a copy that only the agent may read: openssl pkey -in ${path} -out hub.key && chmod 600 hub.key`
        : 'name a PEM file that begins with -----BEGIN PRIVATE KEY-----',
      error,
    );
  }
}

function checkDates({ validFrom, validTo }: X509Certificate, path: string, log: Log): void {
  const endsMs = Date.parse(validTo);
  if (endsMs < Date.now()) {
    throw configError(`the certificate ${path} ended on ${dayOf(endsMs)}`, 'renew it, or check the clock');
  }
  if (endsMs < Date.now() + SOON_MS) {
    log.warn(
      `the certificate ${path} ends on ${dayOf(endsMs)}; renew it: it is taken up while the agent runs`,
    );
  }
  const beginsMs = Date.parse(validFrom);
  if (beginsMs > Date.now()) {
    log.warn(`the certificate ${path} begins on ${dayOf(beginsMs)}; is the clock of this machine right?`);
  }
}

const dayOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10);
