import type { IClientOptions } from 'mqtt';
import { backoffMs } from '../../protocols/backoff.ts';
import type { Log } from '../log.ts';
import type { LiveCertificate, PemFiles } from './live-certificate.ts';
import type { SettingNames } from './setting-names.ts';

/**
 * What a TLS connection is made with: who may have signed the broker's certificate (those that Node knows when absent), and
 * ours, where the broker asks for one. The broker's is checked in any case.
 */
export type ClientTls = PemFiles;

export interface MqttOptions {
  /** `mqtt://host:port`, `mqtts://`, `ws://` or `wss://`. */
  readonly url: string;
  /** When absent 5, and 3.1.1 once the broker has said that it does not know 5. */
  readonly protocol?: '5' | '3.1.1' | undefined;
  readonly tls?: LiveCertificate<ClientTls> | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The same at every start: the broker then ends this client's old session, will included, before the new one. */
  readonly clientId: string;
  /** What the broker publishes, retained, when this client vanishes. */
  readonly will?: { readonly topic: string; readonly payload: string };
  /** After one and a half times as long without a sign, either side takes the other for gone; 30 by default. */
  readonly keepaliveS?: number | undefined;
  /** What these settings are called where they come from; as in a configuration when absent. */
  readonly names?: SettingNames | undefined;
  readonly log?: Log;
  /** Goes on without a connection after this long; waits for the first one, however long that takes, when absent. */
  readonly patienceMs?: number | undefined;
  /** Gives up connecting for the first time. */
  readonly signal?: AbortSignal | undefined;
}

/** As the protocol writes its versions (MQTT 3.1.1 and 5, section 3.1.2.2). */
export const PROTOCOL_LEVEL = { '3.1.1': 4, '5': 5 } as const;

const KEEPALIVE_S = 30;
const CONNECT_TIMEOUT_MS = 10_000;
/** More than any reading may have, so that who sends too much is told so by name; MQTT has 256 MB. */
const MAX_PACKET_BYTES = 16 * 1024 * 1024;

/** What MQTT.js is to do. */
export function clientOptions(options: MqttOptions): IClientOptions {
  const { clientId, username, password, will, keepaliveS, tls, protocol = '5' } = options;
  return {
    protocolVersion: PROTOCOL_LEVEL[protocol],
    ...(protocol === '5' && { properties: { maximumPacketSize: MAX_PACKET_BYTES } }),
    clientId,
    keepalive: keepaliveS ?? KEEPALIVE_S,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: backoffMs(0),
    reconnectOnConnackError: true,
    ...tls?.now,
    rejectUnauthorized: true,
    // Its debugging, a dozen calls a packet. What there is to tell is told in `client.ts`.
    log: () => {},
    // 65,536 buffers, one for each number of two bytes that a packet may have: 7 MB, and a young generation grown to hold them.
    // It holds for the broker inside the agent, too, which writes with the same module.
    writeCache: false,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(will && { will: { ...will, payload: Buffer.from(will.payload), qos: 1, retain: true } }),
  };
}
