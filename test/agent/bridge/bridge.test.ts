import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { bridge, nothingBridged } from '../../../agent/bridge/bridge.ts';
import { connectMqtt } from '../../../agent/mqtt/client.ts';
import { PortReader, type ReaderEvent } from '../../../firmware-bridge/ports/port-reader.ts';
import { parseReadings } from '../../../protocols/reading.ts';
import { Topics } from '../../../protocols/topics.ts';
import { cables } from '../../firmware-bridge/ports/cable.ts';
import { startMosquitto, wireTo } from '../mosquitto.ts';
import { eventually, listenTo, mqttClient, runAgent } from '../rig.ts';
import { startBoard } from '../serial-boards.ts';

const topics = new Topics('lab');
const numbersTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

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
    const link = await connectMqtt({
      url: `mqtt://127.0.0.1:${broker!.port}`,
      clientId: 'bridge-test',
      ...broker!.credentials.board,
    });
    const stop$ = new Subject<void>();
    const tally = nothingBridged();
    const reader = new PortReader({ port: { path: port.near }, board: '' });
    const over = bridge(reader.events$, { topics, link, tally, tell: () => {}, stop$ });
    startBoard(port.far, 1);
    await eventually(() => expect(heard.size).toBe(1));
    stop$.next();
    await over;
    await link.close();
    expect([...tally.boards]).toEqual(['wrist-01']);
    await eventually(() => expect(agent.meter.readings).toBe(tally.readings));
    expect(tally.messages).toBeGreaterThan(3);
  });

  it('loses nothing while the broker is out of reach', async (test) => {
    const { plug } = await cables(test);
    const port = await plug('ttyACM0');
    const mosquitto = await startMosquitto(test);
    const wire = await wireTo(mosquitto.port);
    const login = { username: mosquitto.username, password: mosquitto.password };
    const topic = topics.readings('desk-01');
    const heard = await listenTo(await mqttClient(mosquitto.port, login), topic);
    const numbers = () => {
      const readings = (heard.get(topic) ?? []).flatMap((text) => JSON.parse(text) as { seq: number }[]);
      return [...new Set(readings.map(({ seq }) => seq))];
    };

    const url = `mqtt://127.0.0.1:${wire.port}`;
    const link = await connectMqtt({ url, ...login, clientId: 'bridge-test' });
    const stop$ = new Subject<void>();
    const tally = nothingBridged();
    const reader = new PortReader({ port: { path: port.near }, board: 'desk-01' });
    const over = bridge(reader.events$, { topics, link, tally, tell: () => {}, stop$ });
    const board = startBoard(port.far, 1, 'ndjson');
    await eventually(() => expect(numbers().length).toBeGreaterThan(0));
    wire.cut();
    const atCut = tally.messages;
    await eventually(() => expect(tally.messages).toBeGreaterThan(atCut + 3));
    wire.mend();
    await board.end();
    // The first line after opening counts for torn: half a number looks like a number.
    await eventually(() => expect(tally.readings).toBe(board.tally.samples - board.tally.unheard - 1));
    stop$.next();
    await over;
    await link.close();
    await eventually(() => expect(numbers().sort((a, b) => a - b)).toEqual(numbersTo(tally.readings)));
    expect(link.overflowed).toBe(0);
  });

  it('dates readings and keeps their numbers', async () => {
    const events$ = new Subject<ReaderEvent>();
    const stop$ = new Subject<void>();
    const published: [string, string][] = [];
    const tally = nothingBridged();
    const link = {
      publish: (topic: string, payload: string | Buffer) => void published.push([topic, String(payload)]),
    };
    const over = bridge(events$, { topics, link, tally, tell: () => {}, stop$ });
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
});
