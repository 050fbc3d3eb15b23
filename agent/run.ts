import type { Brain } from '../pipeline/brain.ts';
import { Meter } from '../pipeline/meter.ts';
import { Topics } from '../protocols/topics.ts';
import type { AgentConfig } from './config.ts';
import { Control } from './control.ts';
import { type Dashboard, startDashboard } from './dashboard/server.ts';
import { LiveConfig } from './live-config.ts';
import { fromLevel, type Log } from './log.ts';
import { openMetrics } from './metrics/open.ts';
import type { MetricsServer } from './metrics/server.ts';
import { agentClientId } from './mqtt/access.ts';
import type { Broker } from './mqtt/broker.ts';
import { connectMqtt } from './mqtt/client.ts';
import { openEmbeddedBroker } from './mqtt/embedded.ts';
import { brokerLogin } from './mqtt/login.ts';
import { readNamed } from './named-files.ts';
import { operate } from './operate.ts';
import type { Operator } from './operations/operator.ts';
import { startOperations } from './operations/start.ts';
import { Delivery } from './outbox/delivery.ts';
import { openOutbox } from './outbox/open-outbox.ts';
import { lastWill } from './publisher.ts';
import { checkRecordings } from './recordings-file.ts';
import { startServing } from './served.ts';
import { SHARING_KEEPALIVE_S } from './site/sharing.ts';
import { Teardown } from './teardown.ts';

/** Boards at serial ports do not wait for the broker: what they are answered waits in the outbox. */
const WITHOUT_BROKER_AFTER_MS = 3000;

export interface StartOptions {
  /** Where the agent keeps what it must not forget. */
  readonly stateDir: string;
  readonly log: Log;
  /** Stands in for the first bundle of the configuration; stays open when the agent stops. */
  readonly brain?: Brain | undefined;
  /** Reads the configuration again for a reload. */
  readonly readConfig?: (() => Promise<AgentConfig>) | undefined;
  /** Stops the agent, or gives up starting it. */
  readonly signal?: AbortSignal | undefined;
}

export interface RunningAgent {
  readonly topics: Topics;
  /** The folders of the models that it began with. */
  readonly bundles: readonly string[];
  /** Absent when the broker runs elsewhere. */
  readonly broker?: Broker;
  /** Absent when the configuration asks for none. */
  readonly dashboard?: Dashboard;
  /** At a port of their own; absent when the configuration asks for none. */
  readonly metrics?: MetricsServer;
  readonly meter: Meter;
  /** Does what schedules and requests ask for: reload, swap, .. */
  readonly operator: Operator;
  /** Ends in good order: what was read is answered, published and acknowledged. */
  stop(): Promise<void>;
  /** Resolves when the agent has ended, by `stop`, its signal or the end of a replay; rejects when it failed. */
  readonly done: Promise<void>;
}

/**
 * Start an agent: models, broker, connection, dashboard, and the streams between them.
 *
 * @throws TinyError when the bundle, a port, the state folder or the broker's login is no good
 */
export async function startAgent(config: AgentConfig, options: StartOptions): Promise<RunningAgent> {
  const { stateDir } = options;
  const live = new LiveConfig(config);
  const log = fromLevel(options.log, () => live.now.log.level);
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, ...(options.signal ? [options.signal] : [])]);
  const topics = new Topics(config.site);
  const opened = new Teardown();
  try {
    const { source } = config;
    if (source.kind === 'replay') await readNamed(() => checkRecordings(source.recordings));
    const control = new Control();
    const { served, start } = await opened.close(
      startServing(config, { stateDir, log, brain: options.brain }),
    );
    const bundles = served.map(({ model }) => model.bundle);
    const opening = openEmbeddedBroker(config.broker, { site: config.site, stateDir, topics, log });
    const broker = await opened.stopIf(opening);
    const outbox = await opened.close(openOutbox(config, stateDir, log));
    const link = await opened.close(
      connectMqtt({
        ...(await brokerLogin(config.broker, broker, log)),
        clientId: agentClientId(config.site, config.agent),
        will: lastWill(topics, config.agent),
        patienceMs: source.kind === 'mqtt' ? undefined : WITHOUT_BROKER_AFTER_MS,
        keepaliveS: config.share === undefined ? undefined : SHARING_KEEPALIVE_S,
        log,
        signal,
      }),
    );
    const delivery = await opened.stop(Promise.resolve(new Delivery(outbox, link, log)));
    const brokerUrl = 'embedded' in config.broker ? undefined : config.broker.websocketUrl;
    const scraping = await openMetrics(config, { broker, stateDir, control });
    const dashboard =
      config.dashboard &&
      (await opened.stop(startDashboard({ ...config.dashboard, brokerUrl, metrics: scraping.ofPage })));
    const metrics = config.metrics && (await opened.stop(scraping.serve(config.metrics)));
    signal.throwIfAborted();

    const meter = new Meter();
    const running = { live, control, topics, served, link, log };
    const { readConfig } = options;
    const trim = () => outbox.trim();
    const certificates = [broker?.certificate, link.certificate].filter((one) => one !== undefined);
    const operating = startOperations({
      ...{ ...running, stateDir, start, readConfig, trim, certificates },
    });
    const { operator } = await opened.stop(Promise.resolve(operating));
    const done = operate({ ...running, delivery, broker, meter, signal }).finally(() => opened.run());
    done.catch(() => {}); // Whoever waits for it learns of it; the others need not.
    const stop = () => {
      stopping.abort();
      return done;
    };
    const optional = {
      ...(broker && { broker }),
      ...(dashboard && { dashboard }),
      ...(metrics && { metrics }),
    };
    return { topics, bundles, ...optional, meter, operator, stop, done };
  } catch (error) {
    await opened.run();
    throw error;
  }
}
