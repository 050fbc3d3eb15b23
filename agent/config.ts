import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { schemaError } from '../protocols/task.ts';
import { readConfigFile, readYaml } from '../protocols/yaml.ts';
import { broker } from './config/broker.ts';
import { source } from './config/source.ts';
import { filePath, LOOPBACK, name, port, seconds } from './config/values.ts';

/** What a person writes to run an agent (configs/agents/*.yaml), checked, with absolute paths and defaults filled in. */
export type AgentConfig = z.output<typeof agentConfig>;
/** As written, before defaults. */
export type AgentConfigInput = z.input<typeof agentConfig>;
export type BrokerConfig = AgentConfig['broker'];
export type SourceConfig = AgentConfig['source'];
export type Admission = AgentConfig['admission'];

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
