import { stringify } from 'yaml';
import type { Command } from '../../commandline/command.ts';
import { parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { chooseVariant, openBundle } from '../../model/bundle.ts';
import { readRecordings } from '../../protocols/recording.ts';
import { withoutSecrets } from '../config/secrets.ts';
import { type AgentConfig, loadAgentFile } from '../config.ts';
import { wantedEpisodes } from '../episode-settings.ts';
import { readNamed } from '../named-files.ts';
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
  },
};

interface Found {
  readonly site: string;
  readonly agent: string;
  readonly model: string;
  readonly variant: string;
  readonly task: string;
  readonly source: AgentConfig['source']['kind'];
  /** Serial ones; null for other sources. */
  readonly ports: number | null;
  /** Of the replay's file; null for boards. */
  readonly recordings: number | null;
}

/** Everything that the configuration names, read as a run reads it. */
async function readAll({ site, agent, bundle, variant, source, episodes }: AgentConfig): Promise<Found> {
  const opened = await openBundle(bundle);
  const { name, task } = opened.manifest;
  wantedEpisodes(episodes, task.spec);
  return {
    site,
    agent,
    model: name,
    variant: chooseVariant(opened, variant).name,
    task: task.spec.name,
    source: source.kind,
    ports: source.kind === 'serial' ? source.ports.length : null,
    recordings: source.kind === 'replay' ? await countRecordings(source.recordings) : null,
  };
}

async function countRecordings(path: string): Promise<number> {
  await checkRecordings(path);
  let count = 0;
  for await (const _ of readRecordings(path)) count++;
  return count;
}

function describe({ agent, site, model, variant, task, source, ports, recordings }: Found): string {
  const inputs = {
    mqtt: 'boards on MQTT',
    serial: `boards at ${ports} serial port${ports === 1 ? '' : 's'}`,
    replay: `a replay of ${recordings} recordings`,
  };
  return `agent ${agent} on site ${site} reads ${inputs[source]} with ${model} (${variant}), task ${task}`;
}
