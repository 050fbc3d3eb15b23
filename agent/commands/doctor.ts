import type { Command } from '../../commandline/command.ts';
import { parseFlags, text, toggle } from '../../commandline/flags.ts';
import { palette } from '../../commandline/terminal.ts';
import { loadAgentFile } from '../config.ts';
import { examine } from '../doctor/doctor.ts';
import type { Finding, Status } from '../doctor/finding.ts';
import { lookAtSecrets } from '../doctor/secrets.ts';
import { defaultStateDir } from '../mqtt/credentials.ts';
import { hidingSecrets } from '../secret-sink.ts';

export const command: Command = {
  name: 'doctor',
  summary: 'Look at machine, boards, broker and disk, and say what would go wrong',
  usage: `
Usage: tinyllm doctor [--config FILE] [flags]

  --config FILE  the configuration that is to run; without it, the machine alone is looked at
  --state DIR    where the agent keeps what it must not forget (default: as for run)
  --json         one JSON object a line: {"check", "status": "ok" | "warn" | "fail", "message", "fix"}

Exits with 1 when something would keep the agent from its work. A configuration that cannot be read: 78.
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, { config: text(), state: text(), json: toggle() });
    const file = flags.config === undefined ? undefined : await loadAgentFile(flags.config);
    const out = hidingSecrets(process.stdout, file?.secrets ?? []);
    const print = flags.json
      ? (finding: Finding) => void out.write(`${JSON.stringify(finding)}\n`)
      : humanPrinter(out);
    const counts: Record<Status, number> = { ok: 0, warn: 0, fail: 0 };
    const tell = (finding: Finding): void => {
      counts[finding.status]++;
      print(finding);
    };
    if (flags.config !== undefined) (await lookAtSecrets(flags.config)).forEach(tell);
    for await (const finding of examine(file?.config, flags.state ?? defaultStateDir())) tell(finding);
    if (!flags.json) out.write(`\n${verdict(counts)}\n`);
    return counts.fail > 0 ? 1 : 0;
  },
};

function humanPrinter(out: ReturnType<typeof hidingSecrets>): (finding: Finding) => void {
  const { green, yellow, red, dim } = palette(out);
  const sign: Record<Status, string> = { ok: green('ok  '), warn: yellow('warn'), fail: red('fail') };
  return ({ check, status, message, fix }) => {
    out.write(`${sign[status]}  ${check.padEnd(9)}  ${message}\n`);
    if (fix !== undefined) out.write(`${dim(`${' '.repeat(17)}${fix}`)}\n`);
  };
}

function verdict({ warn, fail }: Record<Status, number>): string {
  if (fail > 0) return `${fail} of these would keep the agent from its work`;
  return warn > 0 ? `the agent can run; ${warn} things could be better` : 'the agent can run';
}
