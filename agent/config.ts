import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { BOARD_ID } from '../protocols/reading.ts';
import { schemaError } from '../protocols/task.ts';
import { readConfigFile, readYaml } from '../protocols/yaml.ts';

/** What a person writes to run an agent (configs/agents/*.yaml), checked, with absolute paths and defaults filled in. */
export type AgentConfig = z.output<typeof agentConfig>;
/** As written, before defaults. */
export type AgentConfigInput = z.input<typeof agentConfig>;
export type BrokerConfig = AgentConfig['broker'];
export type SourceConfig = AgentConfig['source'];
export type Admission = AgentConfig['admission'];

const LOOPBACK = '127.0.0.1';
const port = z.int().min(0).max(65_535);
const name = z.string().regex(BOARD_ID, 'lower-case letters, digits, - and _, at most 63');
const filePath = z.string().min(1);
const seconds = (least: number, preset: number) => z.number().min(least).max(86_400).default(preset);

const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mqtt') }).describe('Boards publish on <base>/<board>/readings.'),
  z
    .strictObject({
      kind: z.literal('replay'),
      recordings: filePath.describe('A .jsonl or .jsonl.gz file of recordings.'),
      speed: z
        .union([z.number().positive(), z.literal('max')])
        .default(1)
        .describe('1: the pace of the recording; max: as fast as the model reads.'),
      loop: z.boolean().default(false).describe('Start again at the end.'),
    })
    .describe('A recording instead of boards.'),
]);

const embedded = z.strictObject({
  host: z.string().min(1).default(LOOPBACK).describe('0.0.0.0 lets boards of the network in.'),
  port: port.default(1883).describe('0: any free port.'),
  websocketPort: port.optional().describe('MQTT over WebSocket, for browsers.'),
});

const BROKER_URL = /^(mqtts?|wss?):\/\/[^\s@]+$/;

/** A page in a browser reaches a broker by no other way. */
const WEBSOCKET_URL = /^wss?:\/\/[^\s@]+$/;

const broker = z
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

export const agentConfig = z
  .strictObject({
    $schema: z.string().optional(),
    site: name.describe('Names the topics: tinyllm/<site>/...'),
    agent: name.describe('The name of this agent on its site.'),
    bundle: filePath.describe('The folder of the model.'),
    variant: z.string().min(1).optional().describe('Which of its variants; its default when absent.'),
    threads: z.int().min(1).max(64).optional().describe('Cores for the model; one when absent.'),
    source: source.default({ kind: 'mqtt' }),
    broker,
    dashboard: z
      .strictObject({ host: z.string().min(1).default(LOOPBACK), port: port.default(8080) })
      .optional()
      .describe('A page that shows predictions as they come.'),
    load: z
      .enum(['newest', 'every'])
      .optional()
      .describe(
        'When the model falls behind: newest window first, or wait. newest for mqtt, every for replay.',
      ),
    availability: z
      .strictObject({ offlineAfterS: seconds(2, 30).describe('A board this long silent is offline.') })
      .prefault({}),
    health: z.strictObject({ everyS: seconds(1, 10) }).prefault({}),
    admission: z
      .strictObject({
        futureToleranceMs: z.number().min(0).default(2000),
        pastToleranceMs: z.number().min(0).default(600_000),
      })
      .prefault({})
      .describe('How far the time in a reading may be from its arrival.'),
  })
  .superRefine(({ broker, dashboard }, context) => {
    if (dashboard === undefined) return;
    const [reachable, fix] =
      'embedded' in broker
        ? [broker.embedded.websocketPort, 'broker.embedded.websocketPort, such as 9001']
        : [broker.websocketUrl, 'broker.websocketUrl, such as ws://192.168.1.10:9001'];
    if (reachable !== undefined) return;
    const message = `the page speaks MQTT over WebSocket: set ${fix}, or leave the dashboard out`;
    context.addIssue({ code: 'custom', path: ['dashboard'], message });
  })
  .refine(({ source, load }) => source.kind === 'replay' || load !== 'every', {
    message: 'boards cannot be made to wait: `every` is for replay',
    path: ['load'],
  })
  .transform(({ $schema: _, load, ...config }) => ({
    ...config,
    load: load ?? (config.source.kind === 'replay' ? ('every' as const) : ('newest' as const)),
  }));

/**
 * Check a configuration that is already in memory.
 *
 * @param where names it in messages
 * @param folder where its relative paths start
 * @throws TinyError (exit 78) with the key and the fix
 */
export function parseAgentConfig(value: unknown, where: string, folder: string): AgentConfig {
  const parsed = agentConfig.safeParse(value);
  if (!parsed.success) throw schemaError(where, parsed.error);
  const config = parsed.data;
  return {
    ...config,
    bundle: resolve(folder, config.bundle),
    source:
      config.source.kind === 'replay'
        ? { ...config.source, recordings: resolve(folder, config.source.recordings) }
        : config.source,
  };
}

const passwordHint = (path: string, username: string): string =>
  `write the password of user "${username}" into it: printf %s PASSWORD > ${path} && chmod 600 ${path}`;

/** Read and check a configuration file; a password in a file of its own is read too. Throws `TinyError` (exit 78). */
export async function loadAgentConfig(path: string): Promise<AgentConfig> {
  const folder = dirname(resolve(path));
  const config = parseAgentConfig(await readYaml(path), path, folder);
  if ('embedded' in config.broker || config.broker.passwordFile === undefined) return config;
  const { passwordFile, ...broker } = config.broker;
  const passwordPath = resolve(folder, passwordFile);
  const password = (
    await readConfigFile(passwordPath, passwordHint(passwordPath, broker.username!))
  ).trimEnd();
  return { ...config, broker: { ...broker, password } };
}
