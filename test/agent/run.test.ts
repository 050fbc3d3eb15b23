import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type Log, silentLog } from '../../agent/log.ts';
import { startAgent } from '../../agent/run.ts';
import { prediction } from '../../protocols/prediction.ts';
import { agentHealth, agentInfo, agentState } from '../../protocols/topics.ts';
import { requireTool } from '../tools.ts';
import { batch, configOf, eventually, listenTo, mqttClient, runAgent, temporaryFolder } from './rig.ts';
import { SignBrain } from './sign-brain.ts';

describe('an agent with its own broker', () => {
  it('publishes predictions from what boards send', async () => {
    const agent = await runAgent();
    const { port } = agent.broker!;
    const heard = await listenTo(
      await mqttClient(port, agent.broker!.credentials.viewer),
      `${agent.topics.base}/#`,
    );
    const board = await mqttClient(port, agent.broker!.credentials.board);

    await board.publishAsync(agent.topics.readings('wrist-01'), batch(1), { qos: 1 });
    await board.publishAsync(agent.topics.readings('wrist-02'), batch(-1), { qos: 1 });

    const labelOf = (name: string) => {
      const latest = heard.get(agent.topics.prediction(name))?.at(-1);
      return prediction.parse(JSON.parse(latest ?? 'null'));
    };
    await eventually(() => {
      expect(labelOf('wrist-01')).toMatchObject({ label: 'plus', p: 0.9, agent: 'hub', task: 'sign' });
      expect(labelOf('wrist-02')).toMatchObject({ label: 'minus', window: { rows: 4, fill: 1 } });
    });
    expect(agent.meter).toMatchObject({ boards: 2, readings: 18, closed: 4 });
  });

  it('can be read by mosquitto_sub, as the user viewer', async (test) => {
    const program = requireTool('mosquitto_sub', test);
    const agent = await runAgent();
    const { username, password } = agent.broker!.credentials.viewer;
    const topic = agent.topics.prediction('wrist-01');
    const child = spawn(
      program,
      ['-h', '127.0.0.1', '-p', String(agent.broker!.port), '-u', username, '-P', password].concat([
        '-q',
        '1',
        '-t',
        topic,
        '-C',
        '1',
        '-W',
        '20',
      ]),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const board = await mqttClient(agent.broker!.port, agent.broker!.credentials.board);
    await board.publishAsync(agent.topics.readings('wrist-01'), batch(1), { qos: 1 });
    expect(prediction.parse(JSON.parse(await text(child.stdout))).label).toBe('plus');
  });

  it('retains what holds for who comes later: state, info, health, availability, prediction', async () => {
    const agent = await runAgent({ health: { everyS: 1 } });
    const { topics } = agent;
    const { port, credentials } = agent.broker!;
    const board = await mqttClient(port, credentials.board);
    const bad = JSON.stringify([{ v: { nose: 1 } }, { v: { 'accel.x': 1 } }, 'what']);
    await board.publishAsync(topics.readings('wrist-01'), batch(1), { qos: 1 });
    await board.publishAsync(topics.readings('wrist-01'), bad, { qos: 1 });
    await eventually(() => expect(agent.meter).toMatchObject({ readings: 10, predictions: 2 }));

    const heard = await listenTo(await mqttClient(port, credentials.viewer), `${topics.base}/#`);
    const latest = (topic: string): unknown => JSON.parse(heard.get(topic)?.at(-1) ?? 'null');
    await eventually(() => {
      expect(agentState.parse(latest(topics.state('hub')))).toEqual({ state: 'online' });
      expect(agentInfo.parse(latest(topics.info('hub')))).toMatchObject({ agent: 'hub', model: 'sign-test' });
      expect(agentHealth.parse(latest(topics.health('hub')))).toMatchObject({
        boards: 1,
        readings: 10,
        refused: { unknownChannel: 1, malformed: 1 },
        windows: { closed: 2, dropped: 0, failed: 0 },
        predictions: 2,
        duplicates: 0,
        crowded: 0,
        restarts: 0,
        overflowed: 0,
      });
      expect(heard.get(topics.availability('wrist-01'))).toEqual(['online']);
      expect(prediction.parse(latest(topics.prediction('wrist-01'))).label).toBe('plus');
    });
  });

  it('keeps its passwords from one start to the next', async () => {
    const stateDir = await temporaryFolder();
    const first = await runAgent({}, { stateDir });
    await first.stop();
    const second = await runAgent({}, { stateDir });
    expect(second.broker!.credentials).toEqual(first.broker!.credentials);
  });

  it('drops overtaken windows when the model is slow, and goes on', async () => {
    const slow = new SignBrain(() => new Promise((resolve) => setTimeout(resolve, 100)));
    const agent = await runAgent({}, { brain: slow });
    const board = await mqttClient(agent.broker!.port, agent.broker!.credentials.board);
    const t0 = (Date.now() - 60_000) * 1000;
    const rows = Array.from({ length: 401 }, () => [1]);
    const minute = JSON.stringify({ t0, rateHz: 10, channels: ['accel.x'], rows });
    await board.publishAsync(agent.topics.readings('wrist-01'), minute, { qos: 1 });
    await eventually(() => {
      const { closed, predictions, dropped } = agent.meter;
      expect({ closed, answeredOrDropped: predictions + dropped }).toEqual({
        closed: 101,
        answeredOrDropped: 101,
      });
      expect(dropped).toBeGreaterThan(50);
    });
  });

  it('gives no late answer where there is a deadline, counts it and says so', async () => {
    const lines: string[] = [];
    const log: Log = { ...silentLog, warn: (line) => void lines.push(line) };
    const slow = new SignBrain(() => new Promise((resolve) => setTimeout(resolve, 100)));
    const agent = await runAgent({ deadlineMs: 20, health: { everyS: 1 } }, { brain: slow, log });
    const { port, credentials } = agent.broker!;
    const board = await mqttClient(port, credentials.board);
    await board.publishAsync(agent.topics.readings('wrist-01'), batch(1), { qos: 1 });
    const heard = await listenTo(await mqttClient(port, credentials.viewer), `${agent.topics.base}/#`);
    await eventually(() => {
      const health = agentHealth.parse(JSON.parse(heard.get(agent.topics.health('hub'))?.at(-1) ?? 'null'));
      expect(health).toMatchObject({ windows: { closed: 2, missed: 2, failed: 0 }, predictions: 0 });
      expect(lines).toContainEqual(
        expect.stringMatching(/^the model cannot answer all windows within 20 ms/),
      );
    });
  });

  it('says why the model fails, and goes on', async () => {
    const lines: string[] = [];
    const log: Log = { ...silentLog, warn: (line) => void lines.push(line) };
    const failing = new SignBrain(() => Promise.reject(new Error('the tokens do not fit')));
    const agent = await runAgent({}, { brain: failing, log });
    const board = await mqttClient(agent.broker!.port, agent.broker!.credentials.board);
    await board.publishAsync(agent.topics.readings('wrist-01'), batch(1), { qos: 1 });
    await eventually(() =>
      expect(lines).toContainEqual(expect.stringMatching(/^the model failed.*the tokens do not fit/)),
    );
    expect(agent.meter.predictions).toBe(0);
  });

  it('ends, with the reason, when its model has ended', async () => {
    let end = (_: Error): void => {};
    const ended = new Promise<Error>((resolve) => {
      end = resolve;
    });
    const agent = await startAgent(configOf(), {
      stateDir: await temporaryFolder(),
      brain: Object.assign(new SignBrain(), { ended }),
      log: silentLog,
    });
    const heard = await listenTo(
      await mqttClient(agent.broker!.port, agent.broker!.credentials.viewer),
      agent.topics.state('hub'),
    );
    await eventually(() => expect(heard.size).toBe(1));
    end(new Error('out of memory'));
    await expect(agent.done).rejects.toMatchObject({
      name: 'TinyError',
      message: 'the model has ended: out of memory',
      exitCode: 1,
    });
    await eventually(() => expect(heard.get(agent.topics.state('hub'))?.at(-1)).toBe('{"state":"stopped"}'));
  });

  it('answers what it has read before it stops', async () => {
    const slow = new SignBrain(() => new Promise((resolve) => setTimeout(resolve, 200)));
    const agent = await runAgent({}, { brain: slow });
    const { port } = agent.broker!;
    const heard = await listenTo(
      await mqttClient(port, agent.broker!.credentials.viewer),
      `${agent.topics.base}/#`,
    );
    const board = await mqttClient(port, agent.broker!.credentials.board);
    await board.publishAsync(agent.topics.readings('wrist-01'), batch(1), { qos: 1 });
    await eventually(() => expect(agent.meter.closed).toBe(2));
    await agent.stop();
    await eventually(() => {
      expect(heard.get(agent.topics.prediction('wrist-01'))).toHaveLength(2);
      expect(heard.get(agent.topics.state('hub'))?.at(-1)).toBe('{"state":"stopped"}');
    });
  });

  it('closes what it opened when it cannot start', async () => {
    const first = await runAgent();
    const { port } = first.broker!;
    await expect(runAgent({ broker: { embedded: { port: 0, websocketPort: port } } })).rejects.toThrow(
      'is taken',
    );
    await first.stop();
    expect((await runAgent({ broker: { embedded: { port } } })).broker!.port).toBe(port);
  });
});
