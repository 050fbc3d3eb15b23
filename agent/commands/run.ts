import type { Command } from '../../commandline/command.ts';
import { parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { loadAgentConfig } from '../config.ts';
import { humanLog, jsonLog, type Log } from '../log.ts';
import { credentialsPath, defaultStateDir } from '../mqtt/credentials.ts';
import { brokerUrl } from '../mqtt/login.ts';
import { type RunningAgent, startAgent } from '../run.ts';

export const command: Command = {
  name: 'run',
  summary: 'Run the agent: boards in, predictions out on MQTT',
  usage: `
Usage: tinyllm run --config FILE [flags]

  --config FILE  what to run (YAML); configs/agents/ has commented samples
  --state DIR    where passwords and queues are kept (default: $XDG_STATE_HOME/tinyllm, ~/.local/state/tinyllm)
  --json         log as JSON lines

Logs go to standard error. Ctrl-C ends it in good order; a second Ctrl-C at once.
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, {
      config: required(text('FILE, such as configs/agents/gesture-hub.yaml')),
      state: text(),
      json: toggle(),
    });
    const config = await loadAgentConfig(flags.config);
    const stateDir = flags.state ?? defaultStateDir();
    const log = flags.json ? jsonLog(process.stderr) : humanLog(process.stderr);
    await untilInterrupted(async (signal) => {
      try {
        const agent = await startAgent(config, { stateDir, log, signal });
        log.info(`agent ${config.agent} runs ${config.bundle}`);
        tellAccess(agent, config.broker, stateDir, log);
        await agent.done;
        log.info('stopped');
      } catch (error) {
        // Ctrl-C before the first connection.
        if (error !== signal.reason) throw error;
      }
    });
  },
};

type BrokerSettings = Awaited<ReturnType<typeof loadAgentConfig>>['broker'];

/** A person who starts the agent wants to see something next: where, and as whom. */
function tellAccess(
  { broker, dashboard, topics }: RunningAgent,
  settings: BrokerSettings,
  stateDir: string,
  log: Log,
): void {
  if (dashboard) log.info(`dashboard at ${dashboard.url}`);
  if (broker === undefined || !('embedded' in settings)) return;
  log.info(`broker at ${brokerUrl(settings.embedded.host, broker.port)}, site ${topics.base}`);
  log.info(`boards log in as "board", readers as "viewer"; passwords in ${credentialsPath(stateDir)}`);
}
