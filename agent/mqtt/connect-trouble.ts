import type { ErrorWithReasonCode } from 'mqtt';
import type { SettingNames } from './setting-names.ts';

/** CONNACK codes of a broker that does not know this version of MQTT (3.1.1, table 3.1; 5, table 3-1). */
const OTHER_VERSION = new Set<unknown>([0x01, 0x84]);
/** CONNACK codes that no repetition cures: client id, user name or password, not authorized, banned, method. */
const REFUSED_LOGIN = new Set<unknown>([0x02, 0x04, 0x05, 0x85, 0x86, 0x87, 0x8a, 0x8c]);

/** What a person can do about a connection that cannot be had, by the code of Node's or OpenSSL's error. */
const FIXES: readonly (readonly [codes: RegExp, fix: (names: SettingNames) => string])[] = [
  [/^ECONNREFUSED$/, ({ url }) => `start the broker, or check host and port of ${url}`],
  [/^(ENOTFOUND|EAI_AGAIN)$/, ({ url }) => `check the host name in ${url}, or write its IP address`],
  [/^(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/, ({ url }) => `check the network, and the host of ${url}`],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT.*))$/,
    ({ ca }) => `name the certificate of who signed that of the broker in ${ca}`,
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    ({ url }) => `use a name of its certificate in ${url}, or make it a certificate with this one`,
  ],
  [/^CERT_HAS_EXPIRED$/, () => "renew the broker's certificate, or set the clock of this machine"],
  [/^CERT_NOT_YET_VALID$/, () => 'set the clock of this machine'],
  [
    /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG))$/,
    () => 'no TLS is spoken there: use the port of the broker for TLS, 8883 as a rule, or mqtt://',
  ],
  [
    /^ERR_SSL_.*ALERT_(CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_(UNKNOWN|EXPIRED))$/,
    ({ cert, key }) => `the broker wants a certificate of ours that it knows: ${cert} and ${key}`,
  ],
];

export const isOtherVersion = (error: Error): boolean =>
  OTHER_VERSION.has((error as ErrorWithReasonCode).code);

export const isRefusedLogin = (error: Error): boolean =>
  REFUSED_LOGIN.has((error as ErrorWithReasonCode).code);

/** Why a broker cannot be reached, and what to do about it. */
export function connectTrouble(error: Error, url: string, names: SettingNames): string {
  const reason = reasonOf(error);
  const code = codeOf(error);
  const fix =
    FIXES.find(([codes]) => codes.test(code))?.[1](names) ?? (code === 'ECONNRESET' && portFix(url, names));
  return fix ? `${reason}; ${fix}` : reason;
}

/** A broker that hangs up on a new connection without a word may have been spoken to in the wrong way. */
export const portFix = (url: string, names: SettingNames): string =>
  /^(mqtts|wss):/.test(url)
    ? 'check that this is its port for TLS, 8883 as a rule'
    : `if this is its port for TLS, write mqtts:// (or wss://) in ${names.url}`;

const codeOf = (error: Error): string => String((error as NodeJS.ErrnoException).code ?? '');

/** What went wrong: Node reports a host with several addresses without a message, and OpenSSL puts a place in its sources before its own. */
export function reasonOf(error: Error): string {
  const [, , , , , openssl] = /^[0-9A-F]+:error:/.test(error.message) ? error.message.split(':') : [];
  return openssl ?? (error.message || codeOf(error) || error.name);
}
