import { openBundle } from '../../model/bundle.ts';
import { labelsOf } from '../../protocols/answers.ts';
import { usageError } from '../../protocols/errors.ts';
import { parseTaskSpec, type TaskSpec } from '../../protocols/task.ts';
import { readYamlFile } from '../../protocols/yaml.ts';
import { modelsOf } from '../config/bundles.ts';
import { secretsIn } from '../config/secrets.ts';
import { type AgentConfig, loadAgentFile, parseAgentConfig } from '../config.ts';
import { type BrokerFlags, brokerOf, DEFAULT_SITE } from '../mqtt/broker-flags.ts';
import { CONFIG_NAMES, FLAG_NAMES, type SettingNames } from '../mqtt/setting-names.ts';
import type { ReadTask } from '../refusals.ts';

/** Where boards are, as the flags of `record` say it. */
export interface Whereabouts extends Omit<BrokerFlags, 'broker'> {
  readonly broker?: string | undefined;
  readonly config?: string | undefined;
  readonly site?: string | undefined;
  readonly serial?: string | undefined;
  readonly baudRate?: number | undefined;
  readonly board?: string | undefined;
}

export interface RecordSettings {
  /** To listen by. */
  readonly config: AgentConfig;
  /** What its settings are called where they come from. */
  readonly names: SettingNames;
  readonly secrets: readonly string[];
  /** The task of the model that the configuration runs, of several the first; absent where there is no such configuration. */
  readonly task?: TaskSpec;
}

/** The configuration of an agent, or one made of a broker's address or a port. Throws `TinyError` (exit 2 or 78). */
export async function settingsOf(flags: Whereabouts): Promise<RecordSettings> {
  const given = [flags.config, flags.broker, flags.serial].filter((flag) => flag !== undefined);
  if (given.length !== 1) {
    throw usageError(
      'say where the boards are, in one way',
      'give one of --config FILE, --serial /dev/ttyACM0 and --broker URL',
    );
  }
  if (flags.config === undefined) {
    const config = await fromFlags(flags);
    return { config, names: FLAG_NAMES, secrets: secretsIn(config) };
  }
  const { config, secrets } = await loadAgentFile(flags.config);
  if (config.source.kind === 'replay') {
    throw usageError(
      `${flags.config} replays a recording`,
      'name a configuration with boards: `source: { kind: mqtt }`',
    );
  }
  const [first] = modelsOf(config);
  const { manifest } = await openBundle(first!.bundle);
  return { config, names: CONFIG_NAMES, secrets, task: manifest.task.spec };
}

async function fromFlags({ site = DEFAULT_SITE, ...flags }: Whereabouts): Promise<AgentConfig> {
  const { broker: url, serial: path, baudRate, board } = flags;
  const source = path === undefined ? undefined : { kind: 'serial', ports: [{ path, baudRate, board }] };
  // No model runs here: nobody reads its folder.
  const written = { site, agent: 'recorder', bundle: 'none', broker: { embedded: {} }, source };
  const config = parseAgentConfig(written, 'the flags', process.cwd());
  return url === undefined ? config : { ...config, broker: await brokerOf({ ...flags, broker: url }) };
}

/** A task file that is named on the command line. */
export async function readTask(path: string): Promise<TaskSpec> {
  const file = await readYamlFile(path);
  return parseTaskSpec(file.value, file);
}

/** Advice to boards where there is no task yet: everything is recorded. */
export const anyTask: ReadTask = { name: 'the recording', input: { channels: [] } };

export const labelsFor = (task: TaskSpec | undefined): readonly string[] =>
  task === undefined ? [] : labelsOf(task.answers);
