import { describe, expect, it } from 'vitest';
import { silentLog } from '../../agent/log.ts';
import { prediction } from '../../protocols/prediction.ts';
import { agentHealth } from '../../protocols/topics.ts';
import { cables } from '../firmware-bridge/ports/cable.ts';
import { batch, eventually, listenTo, mqttClient, runAgent } from './rig.ts';
import { startBoard } from './serial-boards.ts';

describe('an agent with boards at serial ports', () => {
  it('goes on when a board is unplugged and comes back under another name', async (test) => {
    const { path, plug } = await cables(test);
    const agent = await runAgent({
      source: { kind: 'serial', ports: [{ path: path('ttyACM*') }] },
      health: { everyS: 1 },
    });
    const { topics } = agent;
    const heard = await listenTo(
      await mqttClient(agent.broker!.port, agent.broker!.credentials.viewer),
      `${topics.base}/#`,
    );
    const labels = () =>
      (heard.get(topics.prediction('wrist-01')) ?? []).map(
        (text) => prediction.parse(JSON.parse(text)).label,
      );

    const first = await plug('ttyACM0');
    const before = startBoard(first.far, 1);
    await eventually(() => expect(labels()).toContain('plus'));
    await first.cut();
    await before.end();

    const second = await plug('ttyACM1');
    startBoard(second.far, -1);
    await eventually(() => expect(labels()).toContain('minus'));
    expect(heard.get(topics.availability('wrist-01'))).toEqual(['online']);
    await eventually(() => {
      const health = agentHealth.parse(JSON.parse(heard.get(topics.health('hub'))!.at(-1)!));
      expect(health.clocks).toEqual({ 'wrist-01': { driftPpm: null, offsetMs: expect.any(Number) } });
      expect(health.serial).toMatchObject({
        [path('ttyACM*')]: { path: path('ttyACM1'), opened: 2, damaged: 0, lost: 0, restarts: 1 },
      });
    });
  });

  it('listens to several ports, and to MQTT as well', async (test) => {
    const { path, plug } = await cables(test);
    const [table, json, frames] = [await plug('ttyUSB0'), await plug('ttyUSB1'), await plug('ttyUSB2')];
    const agent = await runAgent({
      source: {
        kind: 'serial',
        mqtt: true,
        ports: [
          { path: path('ttyUSB0'), board: 'desk-01' },
          { path: path('ttyUSB1'), board: 'desk-02' },
          { path: path('ttyUSB2') },
        ],
      },
    });
    const { topics } = agent;
    const heard = await listenTo(
      await mqttClient(agent.broker!.port, agent.broker!.credentials.viewer),
      `${topics.base}/+/prediction`,
    );
    startBoard(table.far, 1, 'csv');
    startBoard(json.far, 1, 'ndjson');
    startBoard(frames.far, -1);
    const board = await mqttClient(agent.broker!.port, agent.broker!.credentials.board);
    await board.publishAsync(topics.readings('belt-01'), batch(1), { qos: 1 });
    await eventually(() =>
      expect([...heard.keys()].sort()).toEqual(
        ['belt-01', 'desk-01', 'desk-02', 'wrist-01'].map((name) => topics.prediction(name)),
      ),
    );
  });

  it('refuses lines that name no board, and says how to name it', async (test) => {
    const { plug } = await cables(test);
    const port = await plug('ttyUSB0');
    const lines: string[] = [];
    const agent = await runAgent(
      { source: { kind: 'serial', ports: [{ path: port.near }] }, health: { everyS: 1 } },
      { log: { ...silentLog, warn: (line) => void lines.push(line) } },
    );
    startBoard(port.far, 1, 'ndjson');
    await eventually(() =>
      expect(lines).toContainEqual(
        `${port.near}: readings come as lines, which name no board; name it: source.ports[].board (docs/serial.md)`,
      ),
    );
    expect(agent.meter.readings).toBe(0);
  });
});
