import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { outboxFolder } from '../../agent/outbox/open-outbox.ts';
import { decodeRecords } from '../../agent/outbox/record.ts';
import { Seeded } from '../../firmware-bridge/seeded.ts';
import { prediction } from '../../protocols/prediction.ts';
import { writeRecordings } from '../../protocols/recording.ts';
import { Topics } from '../../protocols/topics.ts';
import { AgentProcess } from './kill/agent-process.ts';
import { BrokerProcess } from './kill/broker-process.ts';

export interface KillCampaignOptions {
  readonly seed: number;
  readonly brokerKills: number;
  readonly agentKills: number;
  /** The path of the program mosquitto. */
  readonly mosquitto: string;
  /** How long an agent or a broker lives before it is killed, at random, in milliseconds. */
  readonly lifeMs?: readonly [least: number, most: number];
  readonly onProgress?: (line: string) => void;
}

/** What the campaign found; all that is wrong must be 0. */
export interface KillFigures {
  readonly seed: number;
  readonly brokerKills: number;
  readonly agentKills: number;
  /** While only the broker was killed: predictions that the agent made, and those that never arrived. */
  readonly made: number;
  readonly madeLost: number;
  /** At the moments when the agent was killed: predictions in its journal, and those that never arrived. */
  readonly journalled: number;
  readonly journalledLost: number;
  /** Different predictions that arrived; those that came more than once, with the same id; those said to be late. */
  readonly arrived: number;
  readonly repeated: number;
  readonly late: number;
  /** Predictions that arrived for the first time after a later one of their board. */
  readonly outOfOrder: number;
  /** Predictions with the same id and another content. */
  readonly contradictions: number;
  /** Messages in the journal after the agent had stopped in good order. */
  readonly left: number;
}

const SITE = 'lab';
const AGENT = 'hub';
const PREDICTIONS = `${new Topics(SITE).base}/+/prediction`;
const LIFE_MS = [150, 1500] as const;
const DOWN_MS = [20, 1200] as const;

/** Readings of two boards in turn; at this speed the brain gives about a hundred predictions a second. */
const SPEED = 40;
const ROWS = 80;

/**
 * Kills a broker, then an agent and its broker, at random moments under load, and compares what the agent predicted and
 * what its journal held with what arrived at a subscriber.
 */
export async function killCampaign(options: KillCampaignOptions): Promise<KillFigures> {
  const { seed, brokerKills, agentKills, lifeMs = LIFE_MS, onProgress = () => {} } = options;
  const random = new Seeded(seed);
  const folder = await mkdtemp(join(tmpdir(), 'tinyllm-kill-'));
  const broker = await BrokerProcess.start(options.mosquitto, folder, PREDICTIONS);
  const witness = new Witness();
  broker.onMessage = (topic, payload) => witness.heard(topic, payload);
  let agent: AgentProcess | undefined;
  try {
    const configPath = await writeConfig(folder, broker.agentPort);
    agent = await AgentProcess.start(configPath, folder);
    for (let kill = 1; kill <= brokerKills; kill++) {
      // Connected, and in the middle of sending.
      await witness.hearsMore();
      await sleep(random.between(...lifeMs));
      await broker.kill();
      await sleep(random.between(...DOWN_MS));
      await broker.restart();
      onProgress(`broker killed ${kill} times, ${witness.arrived} predictions arrived`);
    }
    // Reconnected: now what it stops with can be delivered.
    await witness.hearsMore();
    const made = await agent.stop();
    await witness.settles(() => witness.arrived >= made);
    const madeLost = Math.max(0, made - witness.arrived);

    const journalled = new Set<string>();
    agent = await AgentProcess.start(configPath, folder);
    for (let kill = 1; kill <= agentKills; kill++) {
      await sleep(random.between(...lifeMs));
      // With the broker away there is much in the journal; with the broker there, what it had not acknowledged in time.
      const brokerIsAway = kill === 1 || random.uniform() < 0.7;
      if (brokerIsAway) {
        await broker.kill();
        while ((await journalledIds(folder)).length === 0) await sleep(5);
        await sleep(random.between(...DOWN_MS));
      }
      await agent.kill();
      for (const id of await journalledIds(folder)) journalled.add(id);
      if (brokerIsAway && random.uniform() < 0.5) await broker.restart();
      agent = await AgentProcess.start(configPath, folder);
      await broker.restart();
      onProgress(`agent killed ${kill} times, ${journalled.size} predictions were in its journal`);
    }
    await witness.hearsMore();
    await agent.stop();
    const lostOnes = () => [...journalled].filter((id) => !witness.has(id));
    await witness.settles(() => lostOnes().length === 0);
    const left = (await journalledIds(folder)).length;
    const journalledLost = lostOnes().length;
    const lost = { made, madeLost, journalled: journalled.size, journalledLost, left };
    return { seed, brokerKills, agentKills, ...lost, ...witness.figures() };
  } finally {
    await agent?.kill();
    await broker.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Keeps what arrived. */
class Witness {
  readonly #payloads = new Map<string, string>();
  readonly #newestMs = new Map<string, number>();
  #repeated = 0;
  #late = 0;
  #outOfOrder = 0;
  #contradictions = 0;
  #waiting = (): void => {};

  get arrived(): number {
    return this.#payloads.size;
  }

  heard(topic: string, payload: string): void {
    this.#waiting();
    const { id, ts, replayed } = prediction.parse(JSON.parse(payload));
    const content = payload.replace('"replayed":true', '"replayed":false');
    const known = this.#payloads.get(id);
    if (known !== undefined) {
      this.#repeated++;
      if (known !== content) this.#contradictions++;
      return;
    }
    this.#payloads.set(id, content);
    if (replayed) this.#late++;
    if (ts < (this.#newestMs.get(topic) ?? 0)) this.#outOfOrder++;
    this.#newestMs.set(topic, Math.max(ts, this.#newestMs.get(topic) ?? 0));
  }

  /** Resolves with the next message. */
  hearsMore(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  has(id: string): boolean {
    return this.#payloads.has(id);
  }

  /** What the broker has sent may still be on its way to us: resolves when `isDone`, or when it never will be. */
  async settles(isDone: () => boolean): Promise<void> {
    for (let tries = 0; tries < 100 && !isDone(); tries++) await sleep(20);
  }

  figures() {
    return {
      arrived: this.arrived,
      repeated: this.#repeated,
      late: this.#late,
      outOfOrder: this.#outOfOrder,
      contradictions: this.#contradictions,
    };
  }
}

/** The predictions in the journal that an agent left behind, but for those marked as acknowledged. */
async function journalledIds(folder: string): Promise<string[]> {
  const journal = outboxFolder(folder, { site: SITE, agent: AGENT });
  const names = (await readdir(journal)).filter((name) => name.endsWith('.journal')).sort();
  // A living agent may delete one in this moment.
  const files = await Promise.all(
    names.map((name) => readFile(join(journal, name)).catch(() => Buffer.alloc(0))),
  );
  const records = files.flatMap((bytes) => decodeRecords(bytes).records);
  const below = Math.max(0, ...records.map((record) => (record.kind === 'acknowledged' ? record.below : 0)));
  return records.flatMap((record) =>
    record.kind === 'message' && record.entry.seq >= below
      ? [prediction.parse(JSON.parse(record.entry.message.payload)).id]
      : [],
  );
}

async function writeConfig(folder: string, port: number): Promise<string> {
  const recordings = join(folder, 'wave.jsonl');
  const rows = Array.from({ length: ROWS }, (_, i) => i);
  await writeRecordings(
    recordings,
    ['wrist-01', 'wrist-02'].map((board) => ({
      id: board,
      board,
      channels: ['accel.x' as const],
      rateHz: 10,
      nominalRate: false,
      timesUs: Float64Array.from(rows, (i) => 1_000_000 + i * 100_000),
      values: Float64Array.from(rows, (i) => (Math.floor(i / 4) % 2 === 0 ? 1 : -1)),
      labels: [],
    })),
  );
  const config = join(folder, 'agent.yaml');
  const source = { kind: 'replay', recordings, speed: SPEED, loop: true };
  const broker = { url: `mqtt://127.0.0.1:${port}` };
  await writeFile(config, JSON.stringify({ site: SITE, agent: AGENT, bundle: 'none', source, broker }));
  return config;
}
