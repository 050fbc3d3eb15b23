import type { Command } from '../../commandline/command.ts';
import { parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import type { TinyError } from '../../protocols/errors.ts';
import { type AgentConfig, loadAgentFile } from '../config.ts';
import { fromLevel, humanLog, jsonLog, type Log } from '../log.ts';
import type { Broker } from '../mqtt/broker.ts';
import { credentialsPath, defaultStateDir } from '../mqtt/credentials.ts';
import { brokerUrl } from '../mqtt/login.ts';
import { type RunningAgent, startAgent } from '../run.ts';
import { hidingSecrets } from '../secret-sink.ts';
import { growHeapSlowly } from '../small-heap.ts';

export const command: Command = {
  name: 'run',
  summary: 'Run the agent: boards in, predictions out on MQTT',
  usage: `
Usage: tinyllm run --config FILE [flags]

  --config FILE  what to run (YAML); configs/agents/ has commented samples
  --state DIR    where passwords are kept (default: $XDG_STATE_HOME/tinyllm, else ~/.local/state/tinyllm)
  --force        run a model all the same that is too slow or too large for this machine
  --json         log as JSON lines

Logs go to standard error. Ctrl-C ends it in good order; a second Ctrl-C at once. SIGHUP reads the configuration again
and takes over what can change while running (docs/operations.md).
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, {
      config: required(text('FILE, such as configs/agents/gesture-hub.yaml')),
      state: text(),
      force: toggle(),
      json: toggle(),
    });
    const secrets = new Set<string>();
    const readConfig = async (): Promise<AgentConfig> => {
      const file = await loadAgentFile(flags.config);
      for (const secret of file.secrets) secrets.add(secret);
      return flags.force ? { ...file.config, guards: { latency: 'warn', memory: 'warn' } } : file.config;
    };
    growHeapSlowly();
    const config = await readConfig();
    const stateDir = flags.state ?? defaultStateDir();
    const out = hidingSecrets(process.stderr, secrets);
    const everything = flags.json ? jsonLog(out) : humanLog(out);
    const log = fromLevel(everything, () => config.log.level);
    await untilInterrupted(async (signal) => {
      try {
        const agent = await startAgent(config, { stateDir, log: everything, signal, readConfig });
        const stopReloading = onHangUp(() => reload(agent, everything));
        void agent.done.finally(stopReloading).catch(() => {});
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

/** The signal by which daemons have always been told to read their configuration again. */
function onHangUp(act: () => void): () => void {
  process.on('SIGHUP', act);
  return () => void process.off('SIGHUP', act);
}

const reload = ({ operator }: RunningAgent, log: Log): void =>
  void operator.do('reload').catch((error: TinyError) => {
    log.error(`the configuration stays as it was: ${error.message}; ${error.hint}`);
  });

/** A person who starts the agent wants to see something next: where, and as whom. */
function tellAccess(
  { broker, dashboard, topics }: RunningAgent,
  { broker: settings, source }: AgentConfig,
  stateDir: string,
  log: Log,
): void {
  if (broker !== undefined && 'embedded' in settings) {
    const { host, tls } = settings.embedded;
    log.info(`broker at ${brokerUrl(host, broker.port)}`);
    if (tls && broker.tlsPort !== undefined) {
      log.info(`with TLS at ${brokerUrl(tls.host, broker.tlsPort, 'mqtts')}`);
    }
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
