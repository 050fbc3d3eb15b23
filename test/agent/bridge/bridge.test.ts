import { readdir } from 'node:fs/promises';
import { Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { bridge, nothingBridged } from '../../../agent/bridge/bridge.ts';
import { bridgeFolder, type Forwarder, openForwarder } from '../../../agent/bridge/forwarder.ts';
import { type Log, silentLog } from '../../../agent/log.ts';
import type { BrokerFlags } from '../../../agent/mqtt/broker-flags.ts';
import type { OutboxMessage } from '../../../agent/outbox/message.ts';
import { PortReader, type ReaderEvent } from '../../../firmware-bridge/ports/port-reader.ts';
import { parseReadings } from '../../../protocols/reading.ts';
import { Topics } from '../../../protocols/topics.ts';
import { cables } from '../../firmware-bridge/ports/cable.ts';
import { type Mosquitto, startMosquitto, wireTo } from '../mosquitto.ts';
import { eventually, listenTo, mqttClient, runAgent, temporaryFolder } from '../rig.ts';
import { startBoard } from '../serial-boards.ts';

const topics = new Topics('lab');
const SMALLEST = { maxBytes: 1 << 20, maxAgeMs: 3_600_000 };

/** What waits in `stateDir`, and the way to a broker for it. */
async function forwarder(
  broker: BrokerFlags,
  port: string,
  stateDir: string,
  changes: Partial<typeof SMALLEST & { log: Log }> = {},
): Promise<Forwarder> {
  const { signal } = new AbortController();
  const rest = { ...SMALLEST, log: silentLog, ...changes };
  return (await openForwarder({ broker, site: 'lab', port, stateDir, signal, ...rest }))!;
}

/** A bridge that reads a port until it is ended. */
function startBridge(path: string, to: Forwarder, board = '') {
  const stop$ = new Subject<void>();
  const tally = nothingBridged();
  const reader = new PortReader({ port: { path }, board });
  const put = (message: OutboxMessage) => to.put(message);
  const over = bridge(reader.events$, { topics, put, tally, tell: () => {}, stop$ });
  const end = async () => {
    stop$.next();
    await over;
    await to.stop();
  };
  return { tally, end };
}

/** The numbers of the readings of a board, in the order in which they came, each once. */
async function numbersAt(mosquitto: Mosquitto, board: string): Promise<() => number[]> {
  const topic = topics.readings(board);
  const heard = await listenTo(await mqttClient(mosquitto.port, mosquitto), topic);
  return () => {
    const readings = (heard.get(topic) ?? []).flatMap((text) => JSON.parse(text) as { seq: number }[]);
    return [...new Set(readings.map(({ seq }) => seq))];
  };
}

const range = (length: number, from = 0): number[] => Array.from({ length }, (_, i) => from + i);

describe('a bridge', () => {
  it('lets an agent elsewhere answer a board at a port of this machine', async (test) => {
    const { plug } = await cables(test);
    const port = await plug('ttyACM0');
    const agent = await runAgent();
    const { broker } = agent;
    const heard = await listenTo(
      await mqttClient(broker!.port, broker!.credentials.viewer),
      agent.topics.prediction('wrist-01'),
    );
    const url = `mqtt://127.0.0.1:${broker!.port}`;
    const { username, password } = broker!.credentials.board;
    test.onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv('TINYLLM_BROKER_PASSWORD', password);
    const to = await forwarder({ broker: url, username }, port.near, await temporaryFolder());
    const { tally, end } = startBridge(port.near, to);
    startBoard(port.far, 1);
    await eventually(() => expect(heard.size).toBe(1));
    await end();
    expect([...tally.boards]).toEqual(['wrist-01']);
    await eventually(() => expect(agent.meter.readings).toBe(tally.readings));
    expect(tally.messages).toBeGreaterThan(3);
    expect(to.health()).toMatchObject({ delivered: tally.messages, waiting: 0 });
  });

  it('loses nothing while the broker is out of reach, though it is started anew meanwhile', async (test) => {
    const { plug } = await cables(test);
    const port = await plug('ttyACM0');
    const mosquitto = await startMosquitto(test);
    const wire = await wireTo(mosquitto.port);
    const numbers = await numbersAt(mosquitto, 'wrist-01');
    vi.stubEnv('TINYLLM_BROKER_PASSWORD', mosquitto.password);
    test.onTestFinished(() => void vi.unstubAllEnvs());
    const broker = { broker: `mqtt://127.0.0.1:${wire.port}`, username: mosquitto.username };
    const stateDir = await temporaryFolder();

    const first = startBridge(port.near, await forwarder(broker, port.near, stateDir));
    const board = startBoard(port.far, 1);
    await eventually(() => expect(numbers().length).toBeGreaterThan(0));
    wire.cut();
    const atCut = first.tally.messages;
    await eventually(() => expect(first.tally.messages).toBeGreaterThan(atCut + 3));
    await first.end();

    const lines: string[] = [];
    const log: Log = { ...silentLog, info: (message) => void lines.push(message) };
    const to = await forwarder(broker, port.near, stateDir, { log });
    expect(lines).toContainEqual(expect.stringMatching(/^\d+ messages of an earlier start wait in/));
    const second = startBridge(port.near, to);
    await eventually(() => expect(second.tally.messages).toBeGreaterThan(3));
    wire.mend();
    await board.end();
    await eventually(() => expect(to.health().waiting).toBe(0));
    await second.end();

    const heard = numbers();
    // In order, each once. What the board sent while no bridge was at its port is nobody's.
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
    expect(heard).toHaveLength(first.tally.readings + second.tally.readings);
    expect(to.health()).toMatchObject({ dropped: { full: 0, old: 0, memory: 0, unreadable: 0, refused: 0 } });
    expect(await readdir(bridgeFolder(stateDir, 'lab', port.near))).toEqual([]);
  });

  it('keeps the newest within its bounds, and counts what it gave up', async (test) => {
    const stateDir = await temporaryFolder();
    const nobody = { broker: 'mqtt://127.0.0.1:1' };
    const limits = { maxBytes: 1 << 18, maxAgeMs: 3_600_000 };
    const first = await forwarder(nobody, '/dev/ttyACM0', stateDir, limits);
    const payload = (seq: number) => JSON.stringify([{ t: 1, seq, v: { 'accel.x': 'x'.repeat(1000) } }]);
    const all = range(600);
    for (const seq of all) {
      first.put({ topic: topics.readings('desk-01'), payload: payload(seq), retain: 'never' });
      // A group is committed after a fifth of a second, or when it is large.
      if (seq % 100 === 99) await eventually(() => expect(first.health().journalled).toBe(seq + 1));
    }
    await eventually(() => {
      const { bytes, waiting, dropped } = first.health();
      expect(bytes).toBeLessThanOrEqual(limits.maxBytes);
      expect(waiting + dropped.full).toBe(all.length);
    });
    const { waiting } = first.health();
    expect(waiting).toBeLessThan(all.length / 2);
    await first.stop();

    const mosquitto = await startMosquitto(test);
    const numbers = await numbersAt(mosquitto, 'desk-01');
    vi.stubEnv('TINYLLM_BROKER_PASSWORD', mosquitto.password);
    test.onTestFinished(() => void vi.unstubAllEnvs());
    const broker = { broker: mosquitto.url, username: mosquitto.username };
    const second = await forwarder(broker, '/dev/ttyACM0', stateDir, limits);
    await eventually(() => expect(numbers()).toEqual(all.slice(-waiting)));
    await second.stop();
  });

  it('is one at a port', async () => {
    const stateDir = await temporaryFolder();
    const nobody = { broker: 'mqtt://127.0.0.1:1' };
    const first = await forwarder(nobody, '/dev/ttyACM0', stateDir);
    await expect(forwarder(nobody, '/dev/ttyACM0', stateDir)).rejects.toThrow(/another process \(\d+\) uses/);
    const other = await forwarder(nobody, '/dev/ttyACM1', stateDir);
    await other.stop();
    await first.stop();
  });

  it('dates readings and keeps their numbers', async () => {
    const events$ = new Subject<ReaderEvent>();
    const stop$ = new Subject<void>();
    const published: [string, string][] = [];
    const tally = nothingBridged();
    const put = ({ topic, payload }: OutboxMessage) => void published.push([topic, payload]);
    const over = bridge(events$, { topics, put, tally, tell: () => {}, stop$ });
    const reading = (seq: number) => ({
      board: 'wrist-01',
      timeUs: 1_700_000_000_000_000 + seq,
      arrivalMs: 1_700_000_000_500,
      seq,
      values: { 'accel.x': seq },
    });
    events$.next({ kind: 'readings', board: 'wrist-01', readings: [reading(0), reading(1)] });
    events$.next({ kind: 'readings', board: '', readings: [{ ...reading(2), board: '' }] });
    stop$.next();
    await over;
    expect(published.map(([topic]) => topic)).toEqual([topics.readings('wrist-01')]);
    const parsed = parseReadings('wrist-01', Buffer.from(published[0]![1]), 1_700_000_000_500);
    expect(parsed).toEqual({ readings: [reading(0), reading(1)], refusals: [] });
    expect(tally).toMatchObject({ readings: 2, messages: 1, refused: 1 });
  });

  it('numbers the readings of a board that does not, so that one that comes twice counts once', async () => {
    const events$ = new Subject<ReaderEvent>();
    const stop$ = new Subject<void>();
    const payloads: string[] = [];
    const put = ({ payload }: OutboxMessage) => void payloads.push(payload);
    const over = bridge(events$, { topics, put, tally: nothingBridged(), tell: () => {}, stop$ });
    const reading = { board: 'desk-01', timeUs: 1, arrivalMs: 1, values: { 'accel.x': 1 } };
    events$.next({ kind: 'readings', board: 'desk-01', readings: [reading, { ...reading, timeUs: 2 }] });
    stop$.next();
    await over;
    expect(JSON.parse(payloads[0]!)).toMatchObject([{ seq: 0 }, { seq: 1 }]);
  });
});
