import { connectable, filter, fromEvent, type Observable, switchMap, takeUntil, tap, timer } from 'rxjs';
import type { Brain } from '../pipeline/brain.ts';
import { every, type LoadPolicy, newest } from '../pipeline/load.ts';
import { Meter } from '../pipeline/meter.ts';
import { predictions } from '../pipeline/predictions.ts';
import { loadBrain } from '../pipeline/tiny-brain.ts';
import type { SensorReading } from '../protocols/reading.ts';
import { readRecordings } from '../protocols/recording.ts';
import { Topics } from '../protocols/topics.ts';
import { availability } from './availability.ts';
import type { AgentConfig, SourceConfig } from './config.ts';
import { type Dashboard, startDashboard } from './dashboard/server.ts';
import { health, info } from './health.ts';
import type { Log } from './log.ts';
import { type Broker, startBroker } from './mqtt/broker.ts';
import { connectMqtt } from './mqtt/client.ts';
import { type Credentials, loadCredentials } from './mqtt/credentials.ts';
import { brokerLogin } from './mqtt/login.ts';
import { lastWill, Publisher } from './publisher.ts';
import { Refusals } from './refusals.ts';
import { mqttReadings } from './sources/mqtt.ts';
import { looped, replayReadings } from './sources/replay.ts';
import { Teardown } from './teardown.ts';

export interface StartOptions {
  /** Where the agent keeps what it must not forget. */
  readonly stateDir: string;
  readonly log: Log;
  /** Stands in for the bundle of the configuration; stays open when the agent stops. */
  readonly brain?: Brain | undefined;
  /** Stops the agent, or gives up starting it. */
  readonly signal?: AbortSignal | undefined;
}

export interface RunningAgent {
  readonly topics: Topics;
  /** Absent when the broker runs elsewhere. */
  readonly broker?: Broker;
  /** Absent when the configuration asks for none. */
  readonly dashboard?: Dashboard;
  /** Of the embedded broker. */
  readonly credentials: Credentials;
  readonly meter: Meter;
  /** Ends in good order: what was read is answered, published and acknowledged. */
  stop(): Promise<void>;
  /** Resolves when the agent has ended, by `stop`, its signal or the end of a replay; rejects when it failed. */
  readonly done: Promise<void>;
}

/**
 * Start an agent: broker, model, source, and the pipeline between them.
 *
 * @throws TinyError when the bundle, a port, the state folder or the broker's login is no good
 */
export async function startAgent(config: AgentConfig, options: StartOptions): Promise<RunningAgent> {
  const { log, stateDir } = options;
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, ...(options.signal ? [options.signal] : [])]);
  const topics = new Topics(config.site);
  const opened = new Teardown();
  try {
    const brain = options.brain ?? (await opened.close(loadBrain(config.bundle, modelOptions(config))));
    const credentials = await loadCredentials(stateDir);
    const broker =
      'embedded' in config.broker
        ? await opened.stop(startBroker({ ...config.broker.embedded, credentials, topics, log }))
        : undefined;
    const link = await opened.close(
      connectMqtt({
        ...brokerLogin(config.broker, broker, credentials),
        clientId: `tinyllm-${config.site}-${config.agent}`,
        will: lastWill(topics, config.agent),
        log,
        signal,
      }),
    );
    const dashboard = config.dashboard && (await opened.stop(startDashboard(config.dashboard)));
    signal.throwIfAborted();

    const meter = new Meter();
    const refusals = new Refusals(log);
    const publisher = new Publisher(link, topics, info(config.agent, brain));
    const load = config.load === 'every' ? every() : newest;
    const stopped$ = fromEvent(signal, 'abort');
    const source$ =
      config.source.kind === 'mqtt'
        ? mqttReadings(link, { topics, admission: config.admission, refusals })
        : replay(config.source, load);
    const readings$ = connectable(source$.pipe(takeUntil(stopped$)));

    link.connected$
      .pipe(
        filter((connected) => connected),
        tap(() => publisher.announce()),
        switchMap(() => timer(0, config.health.everyS * 1000)),
        switchMap(() => health(meter, refusals)),
        takeUntil(stopped$),
      )
      .subscribe((now) => publisher.health(now));
    readings$
      .pipe(availability(config.availability.offlineAfterS * 1000), takeUntil(stopped$))
      .subscribe({ next: (change) => publisher.availability(change), error: () => {} });
    const answered = new Promise<void>((complete, error) => {
      readings$
        .pipe(predictions(brain, load, meter, { agent: config.agent }))
        .subscribe({ next: (prediction) => publisher.prediction(prediction), error, complete });
    });
    readings$.connect();

    const done = answered.finally(async () => {
      stopping.abort();
      publisher.stopped();
      await opened.run();
    });
    done.catch(() => {}); // Whoever waits for it learns of it; the others need not.
    const stop = () => {
      stopping.abort();
      return done;
    };
    return {
      topics,
      ...(broker && { broker }),
      ...(dashboard && { dashboard }),
      credentials,
      meter,
      stop,
      done,
    };
  } catch (error) {
    await opened.run();
    throw error;
  }
}

const modelOptions = ({ variant, threads }: AgentConfig) => ({
  ...(variant !== undefined && { variant }),
  ...(threads !== undefined && { threads }),
});

function replay(
  { recordings, speed, loop }: Extract<SourceConfig, { kind: 'replay' }>,
  load: LoadPolicy,
): Observable<SensorReading> {
  const read = () => readRecordings(recordings);
  const ready = load.kind === 'every' ? () => load.ready() : undefined;
  return replayReadings(loop ? looped(read) : read(), { speed, ready });
}
