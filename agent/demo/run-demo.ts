import { setTimeout as sleep } from 'node:timers/promises';
import type { TextSink } from '../../commandline/terminal.ts';
import { paced, play } from '../../firmware-bridge/virtual-board.ts';
import type { Brain } from '../../pipeline/brain.ts';
import { TinyError } from '../../protocols/errors.ts';
import { prediction } from '../../protocols/prediction.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import { parseAgentConfig } from '../config.ts';
import { dashboardLink } from '../dashboard/link.ts';
import { humanLog, type Log } from '../log.ts';
import { connectMqtt } from '../mqtt/client.ts';
import { type RunningAgent, startAgent } from '../run.ts';
import { Teardown } from '../teardown.ts';
import { freePort } from './ports.ts';
import { type DemoReport, jsonReport, textReport } from './report.ts';
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
  const { task, brain, seed, forMs, stderr, signal } = options;
  const recordings = await demoRecordings(task);
  const report = reportFor(options);
  const opened = new Teardown();
  try {
    const agent = await opened.stop(
      startAgent(await demoConfig(options), {
        stateDir: options.stateDir,
        brain,
        log: onlyTrouble(stderr),
      }),
    );
    const [board, viewer] = [
      await opened.close(connectAs(agent, 'board')),
      await opened.close(connectAs(agent, 'viewer')),
    ];

    report.begin({
      model: brain.model,
      task,
      recordings: recordings.length,
      rateHz: recordings[0]!.rateHz,
      mqtt: { host: HOST, port: agent.broker!.port, ...agent.credentials.viewer },
      isUnusualPort: options.port === undefined && agent.broker!.port !== USUAL_PORT,
      topics: 'tinyllm/+/+/prediction',
      dashboardUrl: dashboardLink(agent.dashboard!.url, agent.credentials.viewer, {
        websocketPort: agent.broker!.websocketPort!,
        site: SITE,
      }),
      forMs,
    });

    const startUs = Date.now() * 1000;
    const scoreboard = new Scoreboard(brain.task.spec, startUs);
    viewer.messages$(`${agent.topics.base}/+/prediction`).subscribe(({ topic, payload }) => {
      const received = prediction.parse(JSON.parse(new TextDecoder().decode(payload)));
      report.predicted({
        atS: (received.ts - startUs / 1000) / 1000,
        board: topic.split('/').at(-2)!,
        prediction: received,
        verdict: scoreboard.predicted(received),
      });
    });

    const readings = function* (): Generator<SensorReading> {
      for (const segment of play(recordings, { seed, startUs, style: DEMO_SETS[task].style })) {
        if (segment.truth) scoreboard.played(segment.truth);
        yield* segment.readings;
      }
    };
    const agentEnded = new AbortController();
    void agent.done.catch(() => {}).finally(() => agentEnded.abort());
    const timeIsUp = forMs === undefined ? [] : [AbortSignal.timeout(forMs)];
    let untilUs = startUs;
    for await (const { board: name, timeUs, seq, values } of paced(readings(), {
      signal: AbortSignal.any([signal, agentEnded.signal, ...timeIsUp]),
    })) {
      board.publish(agent.topics.readings(name), JSON.stringify({ t: timeUs, seq, v: values }));
      untilUs = timeUs;
    }
    if (agentEnded.signal.aborted) await agent.done; // Throws what ended it.
    await sleep(LAST_ANSWER_MS);
    report.end(scoreboard.score(untilUs));
  } finally {
    await opened.run();
  }
}

const reportFor = ({ json, stdout, brain }: DemoOptions): DemoReport => {
  const { answers, window } = brain.task.spec;
  return json
    ? jsonReport(stdout)
    : textReport(stdout, { labels: answers.labels, answersOnce: window.trigger !== undefined });
};

const demoConfig = async ({ port, pagePort }: DemoOptions) =>
  parseAgentConfig(
    {
      site: SITE,
      agent: 'demo',
      bundle: '.', // The brain is given.
      broker: { embedded: { host: HOST, port: await choosePort(port, USUAL_PORT), websocketPort: 0 } },
      dashboard: { host: HOST, port: await choosePort(pagePort, USUAL_PAGE_PORT) },
      health: { everyS: 2 },
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
    clientId: `demo-${user}`,
    ...agent.credentials[user],
  });

/** The lines of the demo are its log; only what goes wrong is worth another. */
const onlyTrouble = (sink: TextSink): Log => ({ ...humanLog(sink), info: () => {} });
