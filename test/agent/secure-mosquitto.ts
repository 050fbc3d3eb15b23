import type { TestContext } from 'vitest';
import { type CertificateOptions, type TestAuthority, testAuthority } from './certificates.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.ts';

interface SecureOptions extends CertificateOptions {
  /** Further lines of the listener with TLS. */
  readonly more?: (authority: TestAuthority) => readonly string[];
}

/** A Mosquitto whose certificate an authority of the test has signed; TLS is spoken at its second listener. */
export async function secureMosquitto(
  test: TestContext,
  { more = () => [], ...options }: SecureOptions = {},
): Promise<{ authority: TestAuthority; mosquitto: Mosquitto }> {
  const authority = await testAuthority(test);
  const { cert, key } = await authority.sign('broker', options);
  const door = [`certfile ${cert}`, `keyfile ${key}`, ...more(authority)];
  return { authority, mosquitto: await startMosquitto(test, { door }) };
}
