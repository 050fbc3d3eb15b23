import { join } from 'node:path';
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLog } from '../../agent/log.ts';
import { startServing } from '../../agent/served.ts';
import { taskPredictions } from '../../agent/task-predictions.ts';
import { RandomStream } from '../../model/random.ts';
import { ModelRuntime } from '../../model/runtime/runtime.ts';
import { every } from '../../pipeline/load.ts';
import { Meter } from '../../pipeline/meter.ts';
import type { BoardPrediction } from '../../pipeline/predictions.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import { readingsOf, readRecordings } from '../../protocols/recording.ts';
import type { FittedTask } from '../../protocols/task.ts';
import { agentInfo, Topics } from '../../protocols/topics.ts';
import { AdapterBundles } from '../model/adapter-bundles.ts';
import { REPOSITORY } from '../tools.ts';
import { configOf, eventually, listenTo, mqttClient, runAgent, temporaryFolder } from './rig.ts';

const GESTURE = join(REPOSITORY, 'models/gesture');
const ACTIVITY = join(REPOSITORY, 'models/activity');
const MOTION = ['accel.x', 'accel.y', 'accel.z', 'gyro.x', 'gyro.y', 'gyro.z'];
const READINGS = 400;
const guards = { latency: 'warn', memory: 'warn' } as const;

/**
 * Three boards, in turn: `desk` sees hands, `wrist` moves, `both` does both. What it sees is recorded, how it moves is
 * made up.
 */
async function threeBoards(): Promise<SensorReading[]> {
  const seen: SensorReading[] = [];
  for await (const recording of readRecordings(join(REPOSITORY, 'recordings/gesture-stream.jsonl.gz'))) {
    seen.push(...readingsOf(recording));
    break;
  }
  const random = RandomStream.seeded(5);
  return seen.slice(0, READINGS).flatMap((reading) => {
    const motion = Object.fromEntries(MOTION.map((channel) => [channel, random.normal()]));
    return [
      { ...reading, board: 'desk' },
      { ...reading, board: 'wrist', values: motion },
      { ...reading, board: 'both', values: { ...reading.values, ...motion } },
    ];
  });
}

/** What an agent with these bundles says of readings, without what differs from run to run. */
async function predicted(bundle: string[], readings: readonly SensorReading[]) {
  const serving = await startServing(configOf({ bundle, guards }), {
    stateDir: await temporaryFolder(),
    log: silentLog,
  });
  const brains = serving.served.map(({ brain }) => brain);
  const meter = new Meter();
  const predictions$ = from(readings).pipe(
    taskPredictions(brains, every(), meter, { agent: 'hub' }),
    toArray(),
  );
  const all = await lastValueFrom(predictions$);
  await serving.close();
  return { meter, predictions: all.map(withoutTimes) };
}

const withoutTimes = ({ board, prediction: { ts, latencyMs, ...prediction } }: BoardPrediction) => ({
  board,
  ...prediction,
});

type Told = ReturnType<typeof withoutTimes>;

const of = (told: readonly Told[], board: string, task: string): Told[] =>
  told.filter((one) => one.board === board && one.task === task);

describe('bundles that have nothing in common', { timeout: 200_000 }, () => {
  it('answer as each does alone, each the boards that send what it reads', async () => {
    const readings = await threeBoards();
    const { predictions, meter } = await predicted([GESTURE, ACTIVITY], readings);
    expect(meter.readings).toBe(readings.length);
    for (const [task, bundle, boards] of [
      ['gesture', GESTURE, ['desk', 'both']],
      ['activity', ACTIVITY, ['wrist', 'both']],
    ] as const) {
      const own = readings.filter(({ board }) => (boards as readonly string[]).includes(board));
      const alone = await predicted([bundle], own);
      for (const board of boards) {
        expect(of(alone.predictions, board, task).length).toBeGreaterThan(0);
        expect(of(predictions, board, task)).toEqual(of(alone.predictions, board, task));
      }
    }
    expect(of(predictions, 'desk', 'activity')).toEqual([]);
    expect(of(predictions, 'wrist', 'gesture')).toEqual([]);
  });

  it('are verified each', async () => {
    const agent = await runAgent({ bundle: [GESTURE, ACTIVITY], guards }, { brain: undefined });
    const verified = (await agent.operator.do('verify')) as Record<string, { bundle: string }>;
    expect(Object.keys(verified)).toEqual(['gesture', 'activity']);
    expect(verified.gesture!.bundle).not.toBe(verified.activity!.bundle);
  });

  it('are refused when they are of one task', async () => {
    const starting = predicted([GESTURE, GESTURE], []);
    await expect(starting).rejects.toThrow(/gesture and .*gesture are both of the task gesture/);
  });
});

const named = (task: FittedTask, name: string): FittedTask => ({ ...task, spec: { ...task.spec, name } });

describe('bundles on one base', { timeout: 200_000 }, async () => {
  const bundles = await AdapterBundles.write();
  const half = named(bundles.halfTask, 'half');
  const whole = await bundles.onBase('whole', bundles.task, bundles.adapter(1));
  const other = await bundles.onBase('half', half, bundles.adapter(2));
  await bundles.onBase('half-next', half, bundles.adapter(3));

  it('load it once, and answer as each does alone', async () => {
    const readings = (await threeBoards()).filter(({ board }) => board === 'desk');
    const starting = vi.spyOn(ModelRuntime, 'start');
    onTestFinished(() => starting.mockRestore());
    const { predictions } = await predicted([whole, other], readings);
    expect(starting).toHaveBeenCalledTimes(1);
    for (const [task, bundle] of [
      ['gesture', whole],
      ['half', other],
    ] as const) {
      const alone = await predicted([bundle], readings);
      expect(alone.predictions.length).toBeGreaterThan(0);
      expect(of(predictions, 'desk', task)).toEqual(alone.predictions);
    }
  });

  it('are told and swapped each by its task', async () => {
    const agent = await runAgent(
      {
        bundle: [whole, { bundle: other, variant: 'int8' }],
        guards,
        homeAssistant: {},
        metrics: { port: 0, open: true },
      },
      { brain: undefined },
    );
    const client = await mqttClient(agent.broker!.port, agent.broker!.credentials.agent);
    const viewer = await mqttClient(agent.broker!.port, agent.broker!.credentials.viewer);
    const heard = await listenTo(client, 'tinyllm/lab/#');
    const described = await listenTo(viewer, 'homeassistant/#');
    const topics = new Topics('lab');
    const tasks = () => agentInfo.parse(JSON.parse(heard.get(topics.info('hub'))!.at(-1)!)).tasks;
    await eventually(() => expect(tasks()?.map(({ task }) => task)).toEqual(['gesture', 'half']));
    const before = tasks()!;

    const rows = (await threeBoards()).filter(({ board }) => board === 'desk');
    const nowUs = Date.now() * 1000 - rows.at(-1)!.timeUs;
    const payload = rows.map(({ timeUs, values }) => ({ t: Math.round(timeUs + nowUs), v: values }));
    await client.publishAsync(topics.readings('desk'), JSON.stringify(payload), { qos: 1 });
    await eventually(() => {
      const answers = heard.get(topics.prediction('desk'))?.map((text) => JSON.parse(text).task);
      expect(new Set(answers)).toEqual(new Set(['gesture', 'half']));
    });
    const [gesture, second] = ['gesture', 'half'].map(
      (task) => `homeassistant/device/tinyllm-lab-desk-${task}/config`,
    );
    await eventually(() => expect([...described.keys()].sort()).toEqual([gesture, second]));
    const sensor = JSON.parse(described.get(second!)!.at(-1)!).components.label;
    expect(sensor.value_template).toContain("value_json.label if value_json.task == 'half'");

    await expect(agent.operator.do('swap', { bundle: ACTIVITY })).rejects.toThrow(
      /of the task activity, and this agent answers gesture, half/,
    );
    expect(await agent.operator.do('swap', { bundle: 'half-next' })).toMatchObject({
      before: 'half',
      model: 'half-next',
    });
    await eventually(() => {
      expect(tasks()?.map(({ model }) => model)).toEqual(['whole', 'half-next']);
      expect(tasks()![0]).toEqual(before[0]);
    });
    const scraped = await (await fetch(agent.metrics!.url)).text();
    const models = scraped.split('\n').filter((line) => line.startsWith('tinyllm_model_info{'));
    expect(models).toEqual([
      expect.stringMatching(/task="gesture".*model="whole"/),
      expect.stringMatching(/task="half".*model="half-next"/),
    ]);
  });
});
