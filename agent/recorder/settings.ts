import { dirname, resolve } from 'node:path';
import { openBundle } from '../../model/bundle.ts';
import { labelsOf } from '../../protocols/answers.ts';
import { usageError } from '../../protocols/errors.ts';
import { parseTaskSpec, type TaskSpec } from '../../protocols/task.ts';
import { readYamlFile } from '../../protocols/yaml.ts';
import { secretsIn } from '../config/secrets.ts';
import { type AgentConfig, loadAgentFile, parseAgentConfig, withPassword } from '../config.ts';
import type { ReadTask } from '../refusals.ts';

/** Where boards are, as the flags of `record` say it. */
export interface Whereabouts {
  readonly config?: string | undefined;
  readonly broker?: string | undefined;
  readonly site?: string | undefined;
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly port?: string | undefined;
  readonly baud?: number | undefined;
  readonly board?: string | undefined;
}

export interface RecordSettings {
  readonly config: AgentConfig;
  readonly secrets: readonly string[];
}

/** The configuration to listen by: that of an agent, or one made of a broker's address or a port. */
export async function settingsOf(flags: Whereabouts): Promise<RecordSettings> {
  const given = [flags.config, flags.broker, flags.port].filter((flag) => flag !== undefined);
  if (given.length !== 1) {
    throw usageError(
      'say where the boards are, in one way',
      'give one of --config FILE, --broker URL and --port /dev/ttyACM0',
    );
  }
  if (flags.config !== undefined) {
    const { config, secrets } = await loadAgentFile(flags.config);
    if (config.source.kind !== 'replay') return { config, secrets };
    throw usageError(
      `${flags.config} replays a recording`,
      'name a configuration with boards: `source: { kind: mqtt }`',
    );
  }
  const config = await withPassword(madeOf(flags), process.cwd());
  return { config, secrets: secretsIn(config) };
}

/** Names that nothing on the way reads: no model runs here. */
const NOBODY = { agent: 'recorder', bundle: 'none' };

function madeOf({ broker, site = 'home', username, passwordFile, port, baud, board }: Whereabouts) {
  const common = { ...NOBODY, site };
  if (port !== undefined) {
    const serial = {
      path: port,
      ...(baud !== undefined && { baudRate: baud }),
      ...(board !== undefined && { board }),
    };
    return parseAgentConfig(
      {
        ...common,
        source: { kind: 'serial', ports: [serial] },
        broker: { embedded: { port: 0, keep: false } },
      },
      'the flags',
      process.cwd(),
    );
  }
  const login = {
    ...(username !== undefined && { username }),
    ...(passwordFile !== undefined && { passwordFile }),
  };
  return parseAgentConfig({ ...common, broker: { url: broker, ...login } }, 'the flags', process.cwd());
}

/** The task that is recorded for: that of --task, of the configuration's model, or none that is known yet. */
export async function taskOf(path: string | undefined, config: AgentConfig): Promise<TaskSpec | undefined> {
  if (path !== undefined) {
    const file = await readYamlFile(path);
    return parseTaskSpec(file.value, file);
  }
  const isMade = config.agent === NOBODY.agent && config.bundle === resolve(dirname('.'), NOBODY.bundle);
  return isMade ? undefined : (await openBundle(config.bundle)).manifest.task.spec;
}

/** Advice to boards where there is no task yet: everything is recorded. */
export const anyTask: ReadTask = { name: 'the recording', input: { channels: [] } };

export const labelsFor = (task: TaskSpec | undefined): readonly string[] =>
  task === undefined ? [] : labelsOf(task.answers);
