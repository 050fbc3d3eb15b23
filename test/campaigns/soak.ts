import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import type { Credential } from '../../agent/mqtt/credentials.ts';
import { Seeded } from '../../firmware-bridge/seeded.ts';
import { readRecordings } from '../../protocols/recording.ts';
import { Topics } from '../../protocols/topics.ts';
import { REPOSITORY } from '../tools.ts';
import type { Sample } from './soak/agent.ts';

export interface SoakOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Not judged: code is compiled, buffers grow to their size. A third of the time, half an hour at most, when absent. */
  readonly warmUpS?: number;
  /** Empty; for the agent's state. */
  readonly folder: string;
  readonly progress?: (doneS: number, detail: string) => void;
  readonly signal?: AbortSignal;
}

/** After the warm-up. */
export interface SoakFigures {
  readonly judgedS: number;
  readonly predictions: number;
  /** Median of the slopes between all samples (Theil and Sen), which single outliers do not move. */
  readonly liveMbPerH: number;
  readonly residentMbPerH: number;
  /** Median of the last third of the samples less that of the first. */
  readonly liveGrowthMb: number;
  readonly residentMb: number;
  /** Boards at the same time at most: those that stay, and those that came under a made-up name. */
  readonly mostBoards: number;
  /** Names under which readings came in all. */
  readonly names: number;
  /** Sockets, timers and workers: median of the last third of the samples less that of the first. */
  readonly moreResources: number;
}

const BOARDS = 8;
const MOST_WARM_UP_S = 1800;
const topics = new Topics('lab');

interface TimedSample extends Sample {
  readonly atS: number;
}

/**
 * Everyday life in fast motion: eight boards gesture, one new name a second speaks once and never again, messages are bad,
 * clocks are wrong, and a viewer comes and goes. Memory must stay what it is.
 */
export async function soakCampaign(options: SoakOptions): Promise<SoakFigures> {
  const { seconds, signal, progress } = options;
  const { warmUpS = Math.min(MOST_WARM_UP_S, seconds / 3) } = options;
  const agent = spawn(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', join(import.meta.dirname, 'soak/agent.ts')],
    { cwd: REPOSITORY, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  let boards: MqttClient | undefined;
  try {
    const { port, board, viewer } = await ask<Access>(agent, options.folder);
    boards = await login(port, board);
    const life = new Life(boards, await gestures(), options.seed);
    const samples: TimedSample[] = [];
    const startedMs = performance.now();
    for (let second = 1; second <= seconds; second++) {
      signal?.throwIfAborted();
      await life.second(() => login(port, viewer));
      if (second < warmUpS) {
        progress?.(second, 'warming up');
        continue;
      }
      const sample = await ask<Sample>(agent, 'sample');
      // A busy machine takes longer than a second for a second.
      samples.push({ ...sample, atS: (performance.now() - startedMs) / 1000 });
      progress?.(second, `${sample.liveMb.toFixed(1)} MB live, ${sample.residentMb.toFixed(0)} MB resident`);
    }
    await boards.endAsync();
    agent.send('stop');
    await once(agent, 'exit');
    return figures(samples, life.names);
  } finally {
    boards?.end(true);
    agent.kill('SIGKILL');
  }
}

interface Access {
  readonly port: number;
  readonly board: Credential;
  readonly viewer: Credential;
}

async function ask<Reply>(agent: ChildProcess, wish: string): Promise<Reply> {
  const answered = new AbortController();
  const ended = once(agent, 'exit', answered).then(([code]) => {
    throw new Error(`the agent has ended with ${code}`);
  });
  try {
    const reply = once(agent, 'message', answered);
    agent.send(wish);
    return ((await Promise.race([reply, ended])) as [Reply])[0];
  } finally {
    ended.catch(() => {});
    answered.abort();
  }
}

const login = (port: number, { username, password }: Credential): Promise<MqttClient> =>
  connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4, username, password });

/** Rows of real gestures, one after the other. */
async function gestures(): Promise<{ channels: readonly string[]; rows: number[][] }> {
  for await (const { channels, values } of readRecordings(
    join(REPOSITORY, 'recordings/gesture-stream.jsonl.gz'),
  )) {
    const rows = Array.from({ length: values.length / channels.length }, (_, i) =>
      Array.from(values.subarray(i * channels.length, (i + 1) * channels.length)),
    );
    return { channels, rows };
  }
  throw new Error('the recording is empty');
}

const RATE_HZ = 25;
const DAY_S = 86_400;
const BAD = ['{"v":', '[[[[', '{"v":{"nonsense":1}}', '{"t":1e300,"v":{"proximity":1}}', '\u{1F4A5}', '{}'];

/** What the boards of a home do, second by second. */
class Life {
  readonly #client: MqttClient;
  readonly #gestures: { readonly channels: readonly string[]; readonly rows: readonly number[][] };
  readonly #random: Seeded;
  #second = 0;
  names = BOARDS;

  constructor(client: MqttClient, recorded: Awaited<ReturnType<typeof gestures>>, seed: number) {
    this.#client = client;
    this.#gestures = recorded;
    this.#random = new Seeded(seed);
  }

  async second(viewer: () => Promise<MqttClient>): Promise<void> {
    const nowUs = Date.now() * 1000;
    const { channels, rows } = this.#gestures;
    const from = (this.#second++ * RATE_HZ) % (rows.length - RATE_HZ);
    for (let b = 0; b < BOARDS; b++) {
      const t0 = nowUs - 1_000_000 + b;
      await this.#send(`desk-${b}`, {
        t0,
        rateHz: RATE_HZ,
        channels,
        rows: rows.slice(from, from + RATE_HZ),
      });
    }
    await this.#send(`passer-by-${this.names++}`, { v: { proximity: 255 } });
    await this.#send('desk-0', BAD[Math.floor(this.#random.uniform() * BAD.length)]!);
    const offUs = Math.round((this.#random.uniform() * 366 - 1) * DAY_S) * 1e6;
    await this.#send('desk-1', { t: nowUs + offUs, v: { proximity: 3 } });
    if (this.#second % 4 === 0) await this.#visit(viewer);
    await setTimeout(Math.max(0, nowUs / 1000 + 1000 - Date.now()));
  }

  async #send(board: string, payload: object | string): Promise<void> {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    await this.#client.publishAsync(topics.readings(board), text, { qos: 1 });
  }

  async #visit(viewer: () => Promise<MqttClient>): Promise<void> {
    const client = await viewer();
    await client.subscribeAsync(`${topics.base}/#`);
    await client.endAsync(true);
  }
}

function figures(samples: readonly TimedSample[], names: number): SoakFigures {
  const first = samples[0]!;
  const last = samples.at(-1)!;
  const third = Math.ceil(samples.length / 3);
  const growth = (measure: (sample: Sample) => number) =>
    median(samples.slice(-third).map(measure)) - median(samples.slice(0, third).map(measure));
  return {
    judgedS: last.atS - first.atS,
    predictions: last.predictions,
    liveMbPerH: slopePerH(samples.map(({ atS, liveMb }) => [atS, liveMb])),
    residentMbPerH: slopePerH(samples.map(({ atS, residentMb }) => [atS, residentMb])),
    liveGrowthMb: growth(({ liveMb }) => liveMb),
    residentMb: median(samples.map(({ residentMb }) => residentMb)),
    mostBoards: Math.max(...samples.map(({ boards }) => boards)),
    names,
    moreResources: growth(({ resources }) => resources),
  };
}

/** An hour's samples make six million pairs: beyond these the samples are thinned out evenly. */
const MOST_SAMPLES = 600;

function slopePerH(points: readonly (readonly [s: number, mb: number])[]): number {
  const step = Math.ceil(points.length / MOST_SAMPLES);
  const some = points.filter((_, i) => i % step === 0);
  const slopes = some.flatMap(([s, mb], i) =>
    some.slice(i + 1).map(([laterS, laterMb]) => (laterMb - mb) / (laterS - s)),
  );
  return median(slopes) * 3600;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
