import { setTimeout as sleep } from 'node:timers/promises';
import type { TextSink } from '../../commandline/terminal.ts';
import { paced, play, type Segment } from '../../firmware-bridge/virtual-board.ts';
import type { Brain } from '../../pipeline/brain.ts';
import { labelsOf } from '../../protocols/answers.ts';
import { TinyError } from '../../protocols/errors.ts';
import { type Prediction, prediction } from '../../protocols/prediction.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import type { Recording } from '../../protocols/recording.ts';
import { parseAgentConfig } from '../config.ts';
import { dashboardLink } from '../dashboard/link.ts';
import { humanLog, type Log } from '../log.ts';
import { connectMqtt, type MqttLink, type MqttMessage } from '../mqtt/client.ts';
import { type RunningAgent, startAgent } from '../run.ts';
import { Teardown } from '../teardown.ts';
import { freePort } from './ports.ts';
import {
  type DemoIntroduction,
  type DemoPrediction,
  type DemoReport,
  jsonReport,
  textReport,
} from './report.ts';
import { Scoreboard } from './scoreboard.ts';
import { DEMO_SETS, type DemoTask, demoRecordings } from './sets.ts';

export interface DemoOptions {
  readonly task: DemoTask;
  /** The model; stays open. */
  readonly brain: Brain;
  readonly stateDir: string;
  readonly seed: number;
  /** Ends by itself after this long; otherwise when `signal` is aborted. */
  readonly forMs?: number | undefined;
  /** The broker's port; when absent, the usual one or any free one. */
  readonly port?: number | undefined;
  /** The same for the dashboard's. */
  readonly pagePort?: number | undefined;
  /** One JSON object a line instead of text. */
  readonly json: boolean;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly signal: AbortSignal;
}

const HOST = '127.0.0.1';
const SITE = 'home';
const USUAL_PORT = 1883;
const USUAL_PAGE_PORT = 8080;
/** The last answer is on its way when the board stops. */
const LAST_ANSWER_MS = 300;

/**
 * Broker, agent, dashboard, a virtual board and a viewer in one process, each speaking MQTT to the others.
 *
 * The board sends samples and nothing else; what it plays is known to the scoreboard alone, which compares it with
 * the predictions that reach the viewer.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { task, brain, seed, stateDir, stderr } = options;
  const recordings = await demoRecordings(task);
  const report = reportFor(options);
  const opened = new Teardown();
  try {
    const config = await demoConfig(options);
    const agent = await opened.stop(startAgent(config, { stateDir, brain, log: onlyTrouble(stderr) }));
    const board = await opened.close(connectAs(agent, 'board'));
    const viewer = await opened.close(connectAs(agent, 'viewer'));
    report.begin(introduce(agent, recordings, options));

    const startUs = Date.now() * 1000;
    const scoreboard = new Scoreboard(brain.task.spec, startUs);
    viewer.messages$(`${agent.topics.base}/+/prediction`).subscribe((message) => {
      const judged = judge(message, scoreboard, startUs);
      if (judged) report.predicted(judged);
    });
    const segments = play(recordings, { seed, startUs, style: DEMO_SETS[task].style });
    const untilUs = await send(board, agent, readingsOf(segments, scoreboard), options);
    await sleep(LAST_ANSWER_MS);
    report.end(scoreboard.score(untilUs ?? startUs));
  } finally {
    await opened.run();
  }
}

/** What the board sends. Its truth stays here. */
function* readingsOf(segments: Iterable<Segment>, scoreboard: Scoreboard): Generator<SensorReading> {
  for (const { readings, truth } of segments) {
    if (truth) scoreboard.played(truth);
    yield* readings;
  }
}

/**
 * Publish readings as their time comes, until time is up, Ctrl-C, or the agent's end.
 *
 * @returns the time of the last one, in microseconds
 * @throws what ended the agent
 */
async function send(
  board: MqttLink,
  { topics, done }: RunningAgent,
  readings: Iterable<SensorReading>,
  { forMs, signal }: DemoOptions,
): Promise<number | undefined> {
  const agentEnded = new AbortController();
  done.then(
    () => agentEnded.abort(),
    () => agentEnded.abort(),
  );
  const ends = [signal, agentEnded.signal, ...(forMs === undefined ? [] : [AbortSignal.timeout(forMs)])];
  let lastUs: number | undefined;
  for await (const { board: name, timeUs, seq, values } of paced(readings, {
    signal: AbortSignal.any(ends),
  })) {
    board.publish(topics.readings(name), JSON.stringify({ t: timeUs, seq, v: values }));
    lastUs = timeUs;
  }
  if (agentEnded.signal.aborted) await done;
  return lastUs;
}

/** Undefined for what is no prediction: with its port open, the demo may hear anything. */
function judge(
  { topic, payload }: MqttMessage,
  scoreboard: Scoreboard,
  startUs: number,
): DemoPrediction | undefined {
  const received = predictionIn(payload);
  if (received === undefined) return undefined;
  return {
    atS: (received.ts - startUs / 1000) / 1000,
    board: topic.split('/').at(-2)!,
    prediction: received,
    verdict: scoreboard.predicted(received),
  };
}

function predictionIn(payload: Uint8Array): Prediction | undefined {
  try {
    return prediction.parse(JSON.parse(new TextDecoder().decode(payload)));
  } catch {
    return undefined;
  }
}

const introduce = (
  { broker, dashboard }: RunningAgent,
  recordings: readonly Recording[],
  { task, brain, port, forMs }: DemoOptions,
): DemoIntroduction => ({
  model: brain.model,
  task,
  recordings: recordings.length,
  rateHz: recordings[0]!.rateHz,
  mqtt: { host: HOST, port: broker!.port, ...broker!.credentials.viewer },
  isUnusualPort: port === undefined && broker!.port !== USUAL_PORT,
  topics: 'tinyllm/+/+/prediction',
  dashboardUrl: dashboardLink(dashboard!.url, broker!.credentials.viewer, {
    websocketPort: broker!.websocketPort!,
    site: SITE,
  }),
  forMs,
});

const reportFor = ({ task, json, stdout, brain }: DemoOptions): DemoReport => {
  const { answers, window } = brain.task.spec;
  return json
    ? jsonReport(stdout)
    : textReport(stdout, {
        labels: labelsOf(answers),
        answersOnce: window.trigger !== undefined,
        wording: DEMO_SETS[task].wording,
      });
};

const demoConfig = async ({ port, pagePort }: DemoOptions) =>
  parseAgentConfig(
    {
      site: SITE,
      agent: 'demo',
      bundle: '.', // The brain is given.
      broker: {
        // What an earlier demo has retained is of no interest to this one.
        embedded: { host: HOST, port: await choosePort(port, USUAL_PORT), websocketPort: 0, keep: false },
      },
      dashboard: { host: HOST, port: await choosePort(pagePort, USUAL_PAGE_PORT) },
      health: { everyS: 2 },
      // The broker is in this process: there is nothing to outlive. And two demos may run beside each other.
      outbox: { disk: false },
    },
    'the demo',
    '.',
  );

async function choosePort(asked: number | undefined, usual: number): Promise<number> {
  const port = await freePort(HOST, asked ?? usual);
  if (asked === undefined || port === asked) return port;
  throw new TinyError(`port ${asked} is taken`, 'give another one, or none, which takes any free one');
}

const connectAs = (agent: RunningAgent, user: 'board' | 'viewer') =>
  connectMqtt({
    url: `mqtt://${HOST}:${agent.broker!.port}`,
    protocol: '3.1.1',
    clientId: `demo-${user}`,
    ...agent.broker!.credentials[user],
  });

/** The lines of the demo are its log; only what goes wrong is worth another. */
const onlyTrouble = (sink: TextSink): Log => ({ ...humanLog(sink), info: () => {} });
