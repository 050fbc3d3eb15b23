import { untilInterrupted } from '../commandline/interrupt.ts';
import type { TinyError } from '../protocols/errors.ts';
import { type AgentConfig, loadAgentFile } from './config.ts';
import type { HangUps } from './hang-ups.ts';
import { fromLevel, humanLog, jsonLog, type Log } from './log.ts';
import type { Broker } from './mqtt/broker.ts';
import { credentialsPath, defaultStateDir } from './mqtt/credentials.ts';
import { brokerUrl } from './mqtt/login.ts';
import { type RunningAgent, startAgent } from './run.ts';
import { hidingSecrets } from './secret-sink.ts';

export interface ServeOptions {
  /** The file. */
  readonly config: string;
  readonly state: string | undefined;
  /** Guards warn, and refuse nothing. */
  readonly force: boolean;
  readonly json: boolean;
}

/** An agent as a service: logs on standard error, until Ctrl-C; SIGHUP reads its configuration again. */
export async function serve(options: ServeOptions, hangUps: HangUps): Promise<void> {
  const secrets = new Set<string>();
  const readConfig = async (): Promise<AgentConfig> => {
    const file = await loadAgentFile(options.config);
    for (const secret of file.secrets) secrets.add(secret);
    return options.force ? { ...file.config, guards: { latency: 'warn', memory: 'warn' } } : file.config;
  };
  const config = await readConfig();
  const stateDir = options.state ?? defaultStateDir();
  const out = hidingSecrets(process.stderr, secrets);
  const everything = options.json ? jsonLog(out) : humanLog(out);
  const log = fromLevel(everything, () => config.log.level);
  await untilInterrupted(async (signal) => {
    try {
      const agent = await startAgent(config, { stateDir, log: everything, signal, readConfig });
      log.info(`agent ${config.agent} runs ${agent.bundles.join(', ')}`);
      tellAccess(agent, config, stateDir, log);
      hangUps.onEach(() => reload(agent, everything));
      await agent.done;
      log.info('stopped');
    } catch (error) {
      // Ctrl-C before the first connection.
      if (error !== signal.reason) throw error;
    }
  });
}

const reload = ({ operator }: RunningAgent, log: Log): void =>
  void operator.do('reload').catch((error: TinyError) => {
    log.error(`the configuration stays as it was: ${error.message}; ${error.hint}`);
  });

/** A person who starts the agent wants to see something next: where, and as whom. */
function tellAccess(
  { broker, dashboard, metrics, topics }: RunningAgent,
  { broker: settings, metrics: asked, source }: AgentConfig,
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
  if (metrics) {
    const login = `as viewer, password in ${credentialsPath(stateDir)}`;
    log.info(`metrics at ${metrics.url}, ${asked?.open ? 'for everybody' : login}`);
  }
  if (source.kind === 'mqtt') log.info(`send readings to ${topics.readings('<board>')}`);
}

/** What the page will ask for. A link that brings the password along would leave it in the system's log. */
const signIn = (broker: Broker | undefined): string =>
  broker === undefined
    ? 'sign in as a user of your broker'
    : `sign in as viewer, WebSocket port ${broker.websocketPort}`;
