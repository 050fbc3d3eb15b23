import { concatMap, delay, from, lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Answer, answer, type Brain } from '../../pipeline/brain.ts';
import { every, newest } from '../../pipeline/load.ts';
import { countReadings, Meter } from '../../pipeline/meter.ts';
import { predictions } from '../../pipeline/predictions.ts';
import { prediction, predictionId } from '../../protocols/prediction.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import { readingsOf } from '../../protocols/recording.ts';
import type { FittedTask } from '../../protocols/task.ts';
import type { Row } from '../../protocols/window.ts';
import { cutWindow } from '../../protocols/windower.ts';
import { at, fitted, rateTask, recordingOf, START_US } from '../protocols/examples.ts';

/** Takes the mean level of a window for its answer: an answer that depends on every row. */
class LevelBrain implements Brain {
  readonly task: FittedTask;
  readonly model = 'level';
  readonly bundleHash = 'c0de';

  constructor({ unknownThreshold = 0, window = { rows: 4, hopMs: 400 } } = {}) {
    const spec = rateTask({ input: { channels: [{ channel: 'light.red' }] }, window });
    this.task = fitted(spec, { unknownThreshold });
  }

  open() {
    const rows: Row[] = [];
    return {
      push: (more: readonly Row[]) => void rows.push(...more),
      score: async (): Promise<Answer> => {
        const Tap = rows.reduce((sum, row) => sum + row[0]!, 0) / rows.length / 400;
        return { probs: { Tap, Double: (1 - Tap) / 2, Hold: (1 - Tap) / 2 } };
      },
      discard: () => {},
    };
  }
}

const NOW_MS = START_US / 1000 + 5000;

const predicted = (readings: Iterable<SensorReading>, brain: Brain, meter = new Meter()) =>
  lastValueFrom(
    from(readings).pipe(
      concatMap((reading) => of(reading).pipe(delay(0))),
      countReadings(meter),
      predictions(brain, every(), meter, { agent: 'agent-1', nowMs: () => NOW_MS }),
      toArray(),
    ),
  );

/** `n` samples, one each 50 ms, of one level. */
const steady = (n: number, level: number, board = 'desk') =>
  Array.from({ length: n }, (_, i) => at(i * 50, { 'light.red': level }, board));

describe('a prediction', () => {
  it('is the payload of the contract', async () => {
    const brain = new LevelBrain();
    const [first] = await predicted(steady(9, 300), brain);
    const start = START_US / 1000;
    expect(first).toEqual({
      board: 'desk',
      prediction: {
        id: predictionId('desk', 'example', 'c0de', start),
        ts: NOW_MS,
        window: { start, end: start + 400, rows: 4, fill: 1, jitterMs: 0 },
        agent: 'agent-1',
        model: 'level',
        task: 'example',
        label: 'Tap',
        p: 0.75,
        probs: { Tap: 0.75, Double: 0.125, Hold: 0.125 },
        unknown: false,
        value: {},
        latencyMs: 4600, // the ninth sample, at 400 ms, completed the window
        replayed: false,
      },
    });
    expect(prediction.parse(JSON.parse(JSON.stringify(first!.prediction)))).toEqual(first!.prediction);
  });

  it.each([
    [400 / 3, { Tap: 0.333333, Double: 0.333333, Hold: 0.333333 }],
    [400 - 1 / 3, { Tap: 0.999167, Double: 0.000416667, Hold: 0.000416667 }],
  ])('at level %d tells probabilities to six significant digits, which add up', async (level, probs) => {
    const [first] = await predicted(steady(9, level), new LevelBrain());
    expect(first!.prediction).toMatchObject({ p: probs.Tap, probs });
    expect(probs.Tap + probs.Double + probs.Hold).toBeCloseTo(1, 5);
    expect(prediction.safeParse(first!.prediction).success).toBe(true);
  });

  it('has no label when it is less probable than the threshold', async () => {
    const [below] = await predicted(steady(9, 300), new LevelBrain({ unknownThreshold: 0.76 }));
    expect(below!.prediction).toMatchObject({ label: null, unknown: true, p: 0.75 });
    expect(below!.prediction.probs.Tap).toBe(0.75);
    expect(prediction.safeParse(below!.prediction).success).toBe(true);
    const [reached] = await predicted(steady(9, 300), new LevelBrain({ unknownThreshold: 0.75 }));
    expect(reached!.prediction).toMatchObject({ label: 'Tap', unknown: false });
  });
});

describe('the pipeline', () => {
  it('answers a stream as it answers windows cut from the recording', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => [i * 40, (i * 37) % 400] as const);
    const recording = recordingOf(['light.red'], rows);
    const brain = new LevelBrain();
    const live = await predicted(readingsOf(recording), brain);
    expect(live).toHaveLength(6);
    for (const { prediction: made } of live) {
      const window = cutWindow(brain.task.spec, recording, made.window.start * 1000)!;
      const { probs } = await answer(brain, 'desk', window.rows);
      expect(Object.keys(made.probs)).toEqual(Object.keys(probs));
      for (const [label, p] of Object.entries(probs)) expect(made.probs[label]).toBeCloseTo(p, 5);
    }
  });

  it('keeps boards apart, whatever their clocks say', async () => {
    const slow = steady(18, 100, 'wall').map((r) => ({ ...r, timeUs: r.timeUs - 7_000_000_000 }));
    const mixed = steady(18, 300).flatMap((reading, i) => [reading, slow[i]!]);
    const meter = new Meter();
    const made = await predicted(mixed, new LevelBrain(), meter);
    expect(made.map(({ board, prediction: { probs } }) => [board, probs.Tap])).toEqual([
      ['desk', 0.75],
      ['wall', 0.25],
      ['desk', 0.75],
      ['wall', 0.25],
    ]);
    expect(meter).toMatchObject({ readings: 36, opened: 6, closed: 4, predictions: 4 });
    expect(meter.windowing).toEqual({
      late: 0,
      outliers: 0,
      gaps: 0,
      restarts: 0,
      duplicates: 0,
      crowded: 0,
    });
  });

  it('closes at the end of the readings the window that the last sample fills, and no other', async () => {
    expect(await predicted(steady(8, 300), new LevelBrain())).toHaveLength(1);
    expect(await predicted(steady(7, 300), new LevelBrain())).toHaveLength(0);
  });

  it.each([2, 4, 8])(
    'makes no window of %d rows out of a single reading after a long silence',
    async (rows) => {
      const readings = [...steady(2 * rows, 300), at(60_000, { 'light.red': 9 })];
      const made = await predicted(readings, new LevelBrain({ window: { rows, hopMs: 100 * rows } }));
      expect(made.map(({ prediction: { window } }) => window.start)).toEqual([START_US / 1000]);
    },
  );

  it('is the same under the policy of a live agent when the model keeps up', async () => {
    const live = await lastValueFrom(
      from(steady(40, 200)).pipe(
        concatMap((reading) => of(reading).pipe(delay(0))),
        predictions(new LevelBrain(), newest, new Meter(), { agent: 'agent-1', nowMs: () => NOW_MS }),
        toArray(),
      ),
    );
    expect(live).toEqual(await predicted(steady(40, 200), new LevelBrain()));
  });
});

describe('the meter', () => {
  it('tells quantiles of latency, and null before there is one', () => {
    const meter = new Meter();
    expect(meter.latencyMs(0.5)).toBeNull();
    for (const ms of [5, 1, 9, 3, 7]) meter.addLatency(ms);
    expect([0, 0.5, 0.95, 1].map((share) => meter.latencyMs(share))).toEqual([1, 5, 9, 9]);
  });

  it('remembers the latest, however long it runs', () => {
    const meter = new Meter();
    for (let i = 0; i < 5000; i++) meter.addLatency(i < 3000 ? 1000 : 2);
    expect(meter.latencyMs(1)).toBe(2);
    expect(meter.predictions).toBe(5000);
  });
});
