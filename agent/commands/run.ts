import type { Command } from '../../commandline/command.ts';
import { parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { type AgentConfig, loadAgentConfig } from '../config.ts';
import { humanLog, jsonLog, type Log } from '../log.ts';
import type { Broker } from '../mqtt/broker.ts';
import { credentialsPath, defaultStateDir } from '../mqtt/credentials.ts';
import { brokerUrl } from '../mqtt/login.ts';
import { type RunningAgent, startAgent } from '../run.ts';

export const command: Command = {
  name: 'run',
  summary: 'Run the agent: boards in, predictions out on MQTT',
  usage: `
Usage: tinyllm run --config FILE [flags]

  --config FILE  what to run (YAML); configs/agents/ has commented samples
  --state DIR    where passwords are kept (default: $XDG_STATE_HOME/tinyllm, else ~/.local/state/tinyllm)
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
        tellAccess(agent, config, stateDir, log);
        await agent.done;
        log.info('stopped');
      } catch (error) {
        // Ctrl-C before the first connection.
        if (error !== signal.reason) throw error;
      }
    });
  },
};

/** A person who starts the agent wants to see something next: where, and as whom. */
function tellAccess(
  { broker, dashboard, topics }: RunningAgent,
  { broker: settings, source }: AgentConfig,
  stateDir: string,
  log: Log,
): void {
  if (broker !== undefined && 'embedded' in settings) {
    log.info(`broker at ${brokerUrl(settings.embedded.host, broker.port)}`);
    log.info(`boards log in as "board", readers as "viewer"; passwords in ${credentialsPath(stateDir)}`);
  }
  if (dashboard) log.info(`dashboard at ${dashboard.url}, ${signIn(broker)}`);
  if (source.kind === 'mqtt') log.info(`send readings to ${topics.readings('<board>')}`);
}

/** What the page will ask for. A link that brings the password along would leave it in the system's log. */
const signIn = (broker: Broker | undefined): string =>
  broker === undefined
    ? 'sign in as a user of your broker'
    : `sign in as viewer, WebSocket port ${broker.websocketPort}`;
