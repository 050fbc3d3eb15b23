import { resolve } from 'node:path';
import { z } from 'zod';
import { brokerUsers } from './broker-users.ts';
import { whenGood } from './rules.ts';
import { filePath, LOOPBACK, port } from './values.ts';

const listener = { host: z.string().min(1).default(LOOPBACK) };

const embedded = z.strictObject({
  host: listener.host.describe('0.0.0.0 lets boards of the network in.'),
  port: port.default(1883).describe('0: any free port.'),
  websocketPort: port.optional().describe('MQTT over WebSocket, for browsers.'),
  tls: z
    .strictObject({
      cert: filePath.describe('The certificate, PEM, those between it and the root after it.'),
      key: filePath.describe('Its private key, PEM, without a passphrase.'),
      host: listener.host.describe('0.0.0.0 lets boards of the network in.'),
      port: port.default(8883).describe('0: any free port.'),
      websocketPort: port.optional().describe('MQTT over WebSocket with TLS (wss).'),
    })
    .optional()
    .describe('Further doors, with TLS.'),
  users: brokerUsers.optional().describe('Users besides agent, board and viewer.'),
  maxClients: z.int().min(1).max(10_000).optional().describe('Connected at once; 1000 when absent.'),
  keep: z
    .boolean()
    .optional()
    .describe(
      'Whether retained messages and sessions survive a restart, in the state folder; true when absent.',
    ),
});

const BROKER_URL = /^(mqtts?|wss?):\/\/[^\s@]+$/;

/** A page in a browser reaches a broker by no other way. */
const WEBSOCKET_URL = /^wss?:\/\/[^\s@]+$/;

const TLS_URL = /^(mqtts|wss):/;

/** The broker inside the agent, or the one it is a client of. */
export const broker = z
  .strictObject({
    embedded: embedded.optional().describe('A broker inside the agent.'),
    url: z
      .string()
      .regex(BROKER_URL, 'mqtt://, mqtts://, ws:// or wss://, without a user; that has keys of its own')
      .optional()
      .describe('A broker that runs elsewhere.'),
    protocol: z
      .enum(['5', '3.1.1'])
      .optional()
      .describe('The version of MQTT; when absent 5, and 3.1.1 where the broker does not know 5.'),
    tls: z
      .strictObject({
        ca: filePath
          .optional()
          .describe('Certificates (PEM) of who signed that of the broker; those of Node when absent.'),
        cert: filePath.optional().describe('Our certificate, where the broker asks for one.'),
        key: filePath.optional().describe('Its private key.'),
      })
      .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
        message: 'give both `cert` and `key`',
        ...whenGood('cert', 'key'),
      })
      .optional()
      .describe('For mqtts:// and wss://. The certificate of the broker is always checked.'),
    websocketUrl: z
      .string()
      .regex(WEBSOCKET_URL, 'ws:// or wss://, without a user')
      .refine(URL.canParse, 'not an address')
      .optional()
      .describe(
        'Where the dashboard in a browser reaches this broker; `url` itself when that is ws:// or wss://.',
      ),
    username: z.string().min(1).optional().describe('Who we are to that broker.'),
    password: z.string().optional().describe('Better `!secret name`, a variable, or `passwordFile`.'),
    passwordFile: filePath.optional().describe('A file that holds the password alone.'),
  })
  .refine((b) => (b.embedded === undefined) !== (b.url === undefined), {
    message: 'give one of `embedded` and `url`',
    ...whenGood('embedded', 'url'),
  })
  .refine(
    (b) => b.url !== undefined || [b.username, b.password, b.passwordFile].every((key) => key === undefined),
    {
      message: '`embedded` makes its own users: leave username and password out',
      ...whenGood('embedded', 'url', 'username', 'password', 'passwordFile'),
    },
  )
  .refine((b) => b.url !== undefined || b.websocketUrl === undefined, {
    message: '`embedded` has a `websocketPort` of its own: leave websocketUrl out',
    ...whenGood('embedded', 'url', 'websocketUrl'),
  })
  .refine((b) => b.url !== undefined || (b.tls ?? b.protocol) === undefined, {
    message:
      '`tls` and `protocol` are for a broker elsewhere: the certificate of the embedded one is `embedded.tls`',
    ...whenGood('embedded', 'url', 'tls', 'protocol'),
  })
  .refine((b) => b.url === undefined || b.tls === undefined || TLS_URL.test(b.url), {
    message: '`tls` needs an mqtts:// or wss:// url',
    ...whenGood('url', 'tls'),
  })
  .refine((b) => b.password === undefined || b.passwordFile === undefined, {
    message: 'give one of `password` and `passwordFile`',
    ...whenGood('password', 'passwordFile'),
  })
  .refine((b) => b.username !== undefined || (b.password ?? b.passwordFile) === undefined, {
    message: 'a password needs a `username`',
    ...whenGood('username', 'password', 'passwordFile'),
  })
  .transform(({ embedded, url, ...login }) => {
    if (embedded !== undefined) return { embedded };
    return { url: url!, ...(WEBSOCKET_URL.test(url!) && { websocketUrl: url! }), ...login };
  });

type BrokerSection = z.output<typeof broker>;

/** The same with the paths of its certificates made absolute. */
export function brokerFrom(folder: string, section: BrokerSection): BrokerSection {
  const at = (path: string): string => resolve(folder, path);
  if ('embedded' in section) {
    const { tls, ...embedded } = section.embedded;
    return {
      embedded: { ...embedded, ...(tls && { tls: { ...tls, cert: at(tls.cert), key: at(tls.key) } }) },
    };
  }
  const { tls, ...external } = section;
  if (tls === undefined) return external;
  const files = Object.entries(tls).flatMap(([key, path]) => (path === undefined ? [] : [[key, at(path)]]));
  return { ...external, tls: Object.fromEntries(files) };
}
