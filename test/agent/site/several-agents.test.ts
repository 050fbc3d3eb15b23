import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished, type TestContext, vi } from 'vitest';
import { ownerOf } from '../../../agent/site/rendezvous.ts';
import { SHARING_KEEPALIVE_S } from '../../../agent/site/sharing.ts';
import type { Prediction } from '../../../protocols/prediction.ts';
import { Topics } from '../../../protocols/topics.ts';
import { REPOSITORY } from '../../tools.ts';
import { type Mosquitto, startMosquitto } from '../mosquitto.ts';
import { mqttClient, temporaryFolder } from '../rig.ts';

const topics = new Topics('lab');
const BOARDS = Array.from({ length: 12 }, (_, i) => `wrist-${i}`);
const READING_EVERY_MS = 100;
/** What a busy machine may add. On a quiet one the new owner's first answer comes after a tenth of a second. */
const BUSY_MS = 5000;

/** A site with boards that send all the time, and what its agents say of them. */
class Site {
  readonly #mosquitto: Mosquitto;
  readonly #agents = new Map<string, ChildProcess>();
  readonly #predictions = new Map<string, Prediction[]>();

  constructor(mosquitto: Mosquitto, client: MqttClient) {
    this.#mosquitto = mosquitto;
    const sending = setInterval(() => {
      const t = Date.now() * 1000;
      for (const board of BOARDS) {
        client.publish(topics.readings(board), JSON.stringify({ t, v: { 'accel.x': 1 } }));
      }
    }, READING_EVERY_MS);
    onTestFinished(() => clearInterval(sending));
    client.on('message', (topic, payload) => {
      const board = topic.split('/').at(-2)!;
      const prediction = JSON.parse(payload.toString()) as Prediction;
      this.#predictions.set(board, [...(this.#predictions.get(board) ?? []), prediction]);
    });
  }

  static async open(test: TestContext): Promise<Site> {
    const mosquitto = await startMosquitto(test);
    const { port, username, password } = mosquitto;
    const client = await mqttClient(port, { username, password } as Parameters<typeof mqttClient>[1]);
    const site = new Site(mosquitto, client);
    await client.subscribeAsync(topics.prediction('+'), { qos: 1 });
    return site;
  }

  /** Starts an agent. */
  async start(agent: string): Promise<void> {
    const folder = await temporaryFolder();
    const config = join(folder, 'agent.yaml');
    const { url, username, password } = this.#mosquitto;
    const broker = { url, username, password };
    await writeFile(config, JSON.stringify({ site: 'lab', agent, bundle: 'none', share: 'signs', broker }));
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, '..', 'agent-process.ts'), config, folder],
      { cwd: REPOSITORY, stdio: 'ignore' },
    );
    this.#agents.set(agent, child);
    onTestFinished(() => void child.kill('SIGKILL'));
  }

  signal(agent: string, signal: NodeJS.Signals): void {
    this.#agents.get(agent)!.kill(signal);
  }

  /** Resolves when every board is answered by its owner among these agents. */
  async belongsTo(...agents: readonly string[]): Promise<void> {
    await patiently(() => {
      for (const board of BOARDS) {
        expect([board, newest(this.#answers(board))?.agent]).toEqual([board, ownerOf(board, agents)]);
      }
    });
  }

  /**
   * Who answers windows of each board that begin from now on, as far as the first few tell. What is under way may be of
   * an earlier owner: its answers wait for its disk.
   */
  async whoAnswers(): Promise<Map<string, ReadonlySet<string>>> {
    const nowMs = Date.now();
    const later = (board: string) => this.#answers(board).filter(({ window }) => window.start > nowMs);
    await patiently(() => {
      for (const board of BOARDS) expect(later(board).length).toBeGreaterThanOrEqual(3);
    });
    return new Map(BOARDS.map((board) => [board, new Set(later(board).map(({ agent }) => agent))]));
  }

  /** The longest stretch of any board that lies in no window, in milliseconds. */
  get longestHoleMs(): number {
    return Math.max(...BOARDS.map((board) => longestHoleMs(this.#answers(board))));
  }

  #answers(board: string): readonly Prediction[] {
    return this.#predictions.get(board) ?? [];
  }
}

const newest = (predictions: readonly Prediction[]): Prediction | undefined =>
  predictions.toSorted((a, b) => a.window.end - b.window.end).at(-1);

function longestHoleMs(predictions: readonly Prediction[]): number {
  const windows = predictions.map(({ window }) => window).toSorted((a, b) => a.start - b.start);
  let [longest, answeredTo] = [0, windows[0]?.start ?? 0];
  for (const { start, end } of windows) {
    longest = Math.max(longest, start - answeredTo);
    answeredTo = Math.max(answeredTo, end);
  }
  return longest;
}

/** Agents take their time to start on a busy machine. */
const patiently = <T>(check: () => T): Promise<T> => vi.waitFor(check, { timeout: 150_000, interval: 20 });

const ownersAmong = (...agents: readonly string[]) =>
  new Map(BOARDS.map((board) => [board, new Set([ownerOf(board, agents)])]));

async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

describe('agents that share the boards of a site', () => {
  it('give each board one owner when others join, stop, are killed or freeze', {
    timeout: 600_000,
  }, async (test) => {
    const site = await Site.open(test);
    await Promise.all(['attic', 'cellar', 'hall'].map((agent) => site.start(agent)));
    await site.belongsTo('attic', 'cellar', 'hall');
    expect(await site.whoAnswers()).toEqual(ownersAmong('attic', 'cellar', 'hall'));

    const stopMs = await elapsedMs(() => {
      site.signal('cellar', 'SIGINT');
      return site.belongsTo('attic', 'hall');
    });
    expect(await site.whoAnswers()).toEqual(ownersAmong('attic', 'hall'));
    // Whoever comes and goes in good order leaves no reading unanswered.
    expect(site.longestHoleMs).toBeLessThanOrEqual(READING_EVERY_MS);

    const killMs = await elapsedMs(() => {
      site.signal('hall', 'SIGKILL');
      return site.belongsTo('attic');
    });
    expect(await site.whoAnswers()).toEqual(ownersAmong('attic'));

    await site.start('hall');
    await site.belongsTo('attic', 'hall');
    const freezeMs = await elapsedMs(() => {
      site.signal('hall', 'SIGSTOP');
      return site.belongsTo('attic');
    });
    expect(await site.whoAnswers()).toEqual(ownersAmong('attic'));
    // The last one cannot say that it has gone: the broker waits for one and a half times the keep-alive.
    expect(freezeMs).toBeLessThan(1.5 * SHARING_KEEPALIVE_S * 1000 + BUSY_MS);
    expect(Math.max(stopMs, killMs)).toBeLessThan(BUSY_MS);

    // Awake again, it learns that it was given up, and joins anew.
    site.signal('hall', 'SIGCONT');
    await site.belongsTo('attic', 'hall');
    expect(await site.whoAnswers()).toEqual(ownersAmong('attic', 'hall'));
  });
});
