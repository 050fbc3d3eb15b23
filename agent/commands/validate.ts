import { stringify } from 'yaml';
import type { Command } from '../../commandline/command.ts';
import { parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { chooseVariant, openBundle } from '../../model/bundle.ts';
import { readRecordings } from '../../protocols/recording.ts';
import { modelsOf } from '../config/bundles.ts';
import { withoutSecrets } from '../config/secrets.ts';
import { type AgentConfig, loadAgentFile } from '../config.ts';
import { type Finding, isOk } from '../doctor/finding.ts';
import { lookAtSwaps } from '../doctor/swaps.ts';
import { wantedEpisodes } from '../episode-settings.ts';
import { readNamed } from '../named-files.ts';
import { refuseSameTask } from '../one-task-each.ts';
import { checkRecordings } from '../recordings-file.ts';
import { hidingSecrets } from '../secret-sink.ts';

export const command: Command = {
  name: 'validate',
  summary: 'Check an agent configuration without starting it',
  usage: `
Usage: tinyllm validate --config FILE [flags]

  --config FILE  the configuration to check (YAML)
  --json         print what was found as JSON

Reads all that a run would read, bundle and recordings included, and opens no port. Prints the configuration as it is
understood: with defaults, variables and absolute paths, without secrets.
A model that a schedule would swap in, and that is not there yet, is a warning.
Exits with 78 and the problem when a run would not start.
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, {
      config: required(text('FILE, such as configs/agents/gesture-hub.yaml')),
      json: toggle(),
    });
    const { config, secrets } = await loadAgentFile(flags.config);
    const found = await readNamed(() => readAll(config), flags.config);
    const understood = withoutSecrets(config) as object;
    hidingSecrets(process.stdout, secrets).write(
      flags.json
        ? `${JSON.stringify({ ...found, config: understood })}\n`
        : `${flags.config} is good: ${describe(found)}\n\n${stringify(understood)}`,
    );
    const errors = hidingSecrets(process.stderr, secrets);
    for (const { message, fix } of found.warnings ?? []) errors.write(`warning: ${message}; ${fix}\n`);
  },
};

/** A bundle, and what it answers. */
interface FoundModel {
  readonly model: string;
  readonly variant: string;
  readonly task: string;
}

interface Found extends FoundModel {
  readonly site: string;
  readonly agent: string;
  /** Of an agent that answers several tasks, all of them, the first too; absent where there is one. */
  readonly tasks?: readonly FoundModel[];
  readonly source: AgentConfig['source']['kind'];
  /** Serial ones; null for other sources. */
  readonly ports: number | null;
  /** Of the replay's file; null for boards. */
  readonly recordings: number | null;
  /** What a run would start with, and trip over later; absent where there is nothing. */
  readonly warnings?: readonly Finding[];
}

/** Everything that the configuration names, read as a run reads it. */
async function readAll(config: AgentConfig): Promise<Found> {
  const { site, agent, source, episodes, ...named } = config;
  const models = modelsOf(named);
  const bundles = await Promise.all(models.map(({ bundle }) => openBundle(bundle)));
  const specs = bundles.map(({ manifest }) => manifest.task.spec);
  refuseSameTask(models.map(({ bundle }, i) => ({ bundle, task: specs[i]!.name })));
  wantedEpisodes(episodes, specs);
  const tasks = bundles.map((bundle, i): FoundModel => {
    const variant = chooseVariant(bundle, models[i]!.variant).name;
    return { model: bundle.manifest.name, variant, task: specs[i]!.name };
  });
  const warnings = (await lookAtSwaps(config, specs)).filter((finding) => !isOk(finding));
  return {
    ...{ site, agent, ...tasks[0]! },
    ...(tasks.length > 1 && { tasks }),
    source: source.kind,
    ports: source.kind === 'serial' ? source.ports.length : null,
    recordings: source.kind === 'replay' ? await countRecordings(source.recordings) : null,
    ...(warnings.length > 0 && { warnings }),
  };
}

async function countRecordings(path: string): Promise<number> {
  await checkRecordings(path);
  let count = 0;
  for await (const _ of readRecordings(path)) count++;
  return count;
}

function describe({ agent, site, source, ports, recordings, ...found }: Found): string {
  const { tasks = [found] } = found;
  const models = tasks.map(({ model, variant, task }) => `${model} (${variant}), task ${task}`);
  const inputs = {
    mqtt: 'boards on MQTT',
    serial: `boards at ${ports} serial port${ports === 1 ? '' : 's'}`,
    replay: `a replay of ${recordings} recordings`,
  };
  return `agent ${agent} on site ${site} reads ${inputs[source]} with ${models.join('; ')}`;
}
