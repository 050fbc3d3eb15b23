import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { checked, type Origin } from '../protocols/schema-error.ts';
import { fromOutside } from '../protocols/substitution.ts';
import { readConfigFile, readYamlFile } from '../protocols/yaml.ts';
import { boards } from './config/boards.ts';
import { broker, brokerFrom } from './config/broker.ts';
import { bundle, bundlePaths, variant } from './config/bundles.ts';
import { episodes } from './config/episodes.ts';
import { guards } from './config/guards.ts';
import { homeAssistant } from './config/home-assistant.ts';
import { log } from './config/log.ts';
import { metrics } from './config/metrics.ts';
import { outbox } from './config/outbox.ts';
import { whenGood } from './config/rules.ts';
import { schedulePaths, schedules } from './config/schedules.ts';
import { readSecrets, SECRETS_FILE, secretsIn } from './config/secrets.ts';
import { share } from './config/site.ts';
import { source } from './config/source.ts';
import { LOOPBACK, name, port, seconds } from './config/values.ts';

/** What a person writes to run an agent (configs/agents/*.yaml), checked, with absolute paths and defaults filled in. */
export type AgentConfig = z.output<typeof agentConfig>;
/** As written, before defaults. */
export type AgentConfigInput = z.input<typeof agentConfig>;
export type BrokerConfig = AgentConfig['broker'];
export type SourceConfig = AgentConfig['source'];
export type Admission = AgentConfig['admission'];
/** The environment. */
type Variables = Readonly<Record<string, string | undefined>>;

const noWebSocket = (fix: string): string =>
  `the page speaks MQTT over WebSocket: set ${fix}, or leave the dashboard out`;

/** Recordings can wait, boards cannot. */
const loadOf = ({ kind }: { readonly kind: string }) =>
  kind === 'replay' ? ('every' as const) : ('newest' as const);

export const agentConfig = z
  .strictObject({
    $schema: z.string().optional().describe('For editors: the schema of this file.'),
    site: name.describe('Names the topics: tinyllm/<site>/...'),
    agent: name.describe('The name of this agent on its site.'),
    bundle,
    variant: variant.optional().describe('Which of its variants; its default when absent.'),
    threads: z.int().min(1).max(64).optional().describe('Cores for each model; one when absent.'),
    source: source.default({ kind: 'mqtt' }).describe('Where readings come from.'),
    share,
    episodes,
    boards,
    broker: broker.describe('The broker inside the agent, or the one it is a client of.'),
    dashboard: z
      .strictObject({
        host: z.string().min(1).default(LOOPBACK).describe('0.0.0.0 lets the network in.'),
        port: port.default(8080).describe('http://<host>:<port>'),
      })
      .optional()
      .describe('A page that shows predictions as they come.'),
    metrics,
    load: z
      .enum(['newest', 'every'])
      .optional()
      .describe(
        'When the model falls behind: newest window first, or wait. newest for mqtt, every for replay.',
      ),
    deadlineMs: z
      .number()
      .min(1)
      .optional()
      .describe('A window that cannot be answered so soon after its end is given up; none when absent.'),
    availability: z
      .strictObject({ offlineAfterS: seconds(2, 30).describe('A board this long silent is offline.') })
      .prefault({})
      .describe('When a board counts as there.'),
    health: z
      .strictObject({ everyS: seconds(1, 10).describe('How often the counters are published.') })
      .prefault({})
      .describe('What the agent tells of itself.'),
    outbox,
    homeAssistant,
    admission: z
      .strictObject({
        futureToleranceMs: z.number().min(0).default(2000).describe('Ahead of it.'),
        pastToleranceMs: z.number().min(0).default(600_000).describe('Behind it.'),
      })
      .prefault({})
      .describe('How far the time in a reading may be from its arrival.'),
    schedules,
    guards,
    log,
  })
  .refine(
    ({ broker, dashboard }) =>
      dashboard === undefined || !('embedded' in broker) || broker.embedded.websocketPort !== undefined,
    {
      message: noWebSocket('broker.embedded.websocketPort, such as 9001'),
      path: ['dashboard'],
      ...whenGood('broker', 'dashboard'),
    },
  )
  .refine(
    ({ broker, dashboard }) =>
      dashboard === undefined || 'embedded' in broker || broker.websocketUrl !== undefined,
    {
      message: noWebSocket('broker.websocketUrl, such as ws://192.168.1.10:9001'),
      path: ['dashboard'],
      ...whenGood('broker', 'dashboard'),
    },
  )
  .refine(({ bundle, variant }) => typeof bundle === 'string' || variant === undefined, {
    message: 'of which bundle? Name it in the list: `bundle: [{ bundle: FOLDER, variant: NAME }, ..]`',
    path: ['variant'],
    ...whenGood('bundle', 'variant'),
  })
  .refine(({ source, load }) => source.kind === 'replay' || load !== 'every', {
    message: 'boards cannot be made to wait: `every` is for replay',
    path: ['load'],
    ...whenGood('source', 'load'),
  })
  .refine(
    ({ source, load, deadlineMs }) => deadlineMs === undefined || (load ?? loadOf(source)) === 'newest',
    {
      message: 'nothing is given up under `every`: leave the deadline out, or set `load: newest`',
      path: ['deadlineMs'],
      ...whenGood('source', 'load', 'deadlineMs'),
    },
  )
  .transform(({ $schema: _, load, ...config }) => ({
    ...config,
    load: load ?? loadOf(config.source),
  }));

/**
 * Check a configuration.
 *
 * @param origin its file, or what names it in messages
 * @param folder where its relative paths start
 * @throws TinyError (exit 78) with every mistake, its place and the fix
 */
export function parseAgentConfig(value: unknown, origin: Origin, folder: string): AgentConfig {
  const config = checked(agentConfig, value, origin);
  return {
    ...config,
    bundle: bundlePaths(folder, config.bundle),
    broker: brokerFrom(folder, config.broker),
    schedules: config.schedules.map((schedule) => schedulePaths(folder, schedule)),
    source:
      config.source.kind === 'replay'
        ? { ...config.source, recordings: resolve(folder, config.source.recordings) }
        : config.source,
  };
}

const passwordHint = (path: string, username: string): string =>
  `write the password of user "${username}" into it: printf %s PASSWORD > ${path} && chmod 600 ${path}`;

/** A configuration as it was read. */
export interface AgentFile {
  readonly config: AgentConfig;
  /** Texts that no log and no report may show. */
  readonly secrets: readonly string[];
}

/**
 * Read and check a configuration file, with what comes from outside it: variables of the environment, secrets.yaml
 * beside it, a password in a file of its own. Throws `TinyError` (exit 78).
 */
export async function loadAgentFile(path: string, variables: Variables = process.env): Promise<AgentFile> {
  const folder = dirname(resolve(path));
  const outside = fromOutside(variables, await readSecrets(join(folder, SECRETS_FILE)));
  const file = await readYamlFile(path, outside);
  const config = await withPassword(parseAgentConfig(file.value, file, folder), folder);
  return { config, secrets: [...file.secrets, ...secretsIn(config)] };
}

/** The configuration alone. */
export const loadAgentConfig = async (path: string, variables?: Variables): Promise<AgentConfig> =>
  (await loadAgentFile(path, variables)).config;

/** With the password of `passwordFile` in its place. Throws `TinyError` (exit 78) when that cannot be read. */
async function withPassword(config: AgentConfig, folder: string): Promise<AgentConfig> {
  if ('embedded' in config.broker || config.broker.passwordFile === undefined) return config;
  const { passwordFile, ...broker } = config.broker;
  const passwordPath = resolve(folder, passwordFile);
  const password = (
    await readConfigFile(passwordPath, passwordHint(passwordPath, broker.username!))
  ).trimEnd();
  return { ...config, broker: { ...broker, password } };
}
