import { z } from 'zod';
import { filePath, LOOPBACK, port } from './values.ts';

const embedded = z.strictObject({
  host: z.string().min(1).default(LOOPBACK).describe('0.0.0.0 lets boards of the network in.'),
  port: port.default(1883).describe('0: any free port.'),
  websocketPort: port.optional().describe('MQTT over WebSocket, for browsers.'),
});

const BROKER_URL = /^(mqtts?|wss?):\/\/[^\s@]+$/;

/** A page in a browser reaches a broker by no other way. */
const WEBSOCKET_URL = /^wss?:\/\/[^\s@]+$/;

/** The broker inside the agent, or the one it is a client of. */
export const broker = z
  .strictObject({
    embedded: embedded.optional().describe('A broker inside the agent.'),
    url: z
      .string()
      .regex(BROKER_URL, 'mqtt://, mqtts://, ws:// or wss://, without a user; that has keys of its own')
      .optional()
      .describe('A broker that runs elsewhere.'),
    websocketUrl: z
      .string()
      .regex(WEBSOCKET_URL, 'ws:// or wss://, without a user')
      .refine(URL.canParse, 'not an address')
      .optional()
      .describe(
        'Where the dashboard in a browser reaches this broker; `url` itself when that is ws:// or wss://.',
      ),
    username: z.string().min(1).optional(),
    password: z.string().optional(),
    passwordFile: filePath.optional().describe('A file that holds the password alone.'),
  })
  .refine((b) => (b.embedded === undefined) !== (b.url === undefined), 'give one of `embedded` and `url`')
  .refine(
    (b) => b.url !== undefined || [b.username, b.password, b.passwordFile].every((key) => key === undefined),
    '`embedded` makes its own users: leave username and password out',
  )
  .refine(
    (b) => b.url !== undefined || b.websocketUrl === undefined,
    '`embedded` has a `websocketPort` of its own: leave websocketUrl out',
  )
  .refine(
    (b) => b.password === undefined || b.passwordFile === undefined,
    'give one of `password` and `passwordFile`',
  )
  .refine(
    (b) => b.username !== undefined || (b.password ?? b.passwordFile) === undefined,
    'a password needs a `username`',
  )
  .transform(({ embedded, url, ...login }) => {
    if (embedded !== undefined) return { embedded };
    return { url: url!, ...(WEBSOCKET_URL.test(url!) && { websocketUrl: url! }), ...login };
  });
