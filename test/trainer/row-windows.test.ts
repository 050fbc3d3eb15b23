import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../model/random.ts';
import type { LabelledRow } from '../../trainer/datasets/dataset.ts';
import {
  extendEdges,
  overhangSamples,
  rowWindow,
  StartSampler,
  triggeredStartUs,
} from '../../trainer/row-windows.ts';
import { rateTask, recordingOf, START_US, snapshotTask } from '../protocols/examples.ts';

const PERIOD_US = 100_000;
const onGrid = (...reds: number[]) =>
  recordingOf(
    ['light.red', 'proximity'],
    reds.map((red, i) => [100 * i, red, 1000 + red] as const),
  );
const asRow = (recording: ReturnType<typeof onGrid>): LabelledRow => ({
  id: recording.id,
  label: 'Tap',
  splits: {},
  recording,
});
const reds = (rows: readonly Float64Array[]) => rows.map((row) => row[0]);

describe('extendEdges', () => {
  it('repeats first and last sample at the pace of the recording', () => {
    const extended = extendEdges(onGrid(1, 2, 3), 2);
    expect([...extended.timesUs].map((t) => (t - START_US) / PERIOD_US)).toEqual([-2, -1, 0, 1, 2, 3, 4]);
    expect([...extended.values].filter((_, k) => k % 2 === 0)).toEqual([1, 1, 1, 2, 3, 3, 3]);
    expect([...extended.values].filter((_, k) => k % 2 === 1)).toEqual([
      1001, 1001, 1001, 1002, 1003, 1003, 1003,
    ]);
  });

  it('leaves the recording itself alone', () => {
    const recording = onGrid(1, 2, 3);
    extendEdges(recording, 4);
    expect(recording).toEqual(onGrid(1, 2, 3));
  });
});

describe('the window of a row', () => {
  const spec = rateTask();
  const row = asRow(onGrid(1, 2, 3, 4, 5, 6));

  it.each([
    [0, [1, 2, 3, 4]],
    [2, [3, 4, 5, 6]],
    [4, [5, 6, 6, 6]],
    [50, [6, 6, 6, 6]],
    [-1, [1, 1, 2, 3]],
    [-9, [1, 1, 1, 1]],
  ])('moved by %i samples repeats edge values', (shift, expected) => {
    expect(reds(rowWindow(spec, row, shift))).toEqual(expected);
  });

  it('exists for a row that is shorter than the window', () => {
    expect(reds(rowWindow(spec, asRow(onGrid(7, 8)), 0))).toEqual([7, 8, 8, 8]);
  });

  it('exists whatever is missing in the row: every row gets an answer', () => {
    const holed = recordingOf(
      ['light.red', 'proximity'],
      [
        [0, 1, 1],
        [900, 2, 2],
      ],
    );
    const window = rowWindow(rateTask({ window: { rows: 9, hopMs: 900 } }), asRow(holed), 0);
    expect(reds(window)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('is the one reading of a snapshot', () => {
    const recording = recordingOf(['rssi.a', 'rssi.b'], [[0, -50, -60]]);
    expect(rowWindow(snapshotTask(), asRow(recording), 0).map((r) => [...r])).toEqual([[-50, -60]]);
  });
});

describe('where training windows start', () => {
  const trigger = { channel: 'light.red', below: 50, release: 60, quietMs: 200, preMs: 100 };
  const spec = rateTask({ window: { rows: 4, trigger } });
  const recording = onGrid(90, 90, 90, 90, 20, 20, 90, 90);

  it('is before the moment of the trigger, by as much as the task says', () => {
    expect(triggeredStartUs(spec, recording)).toBe(START_US + 3 * PERIOD_US);
    expect(triggeredStartUs(spec, onGrid(90, 90, 90, 90, 90))).toBeUndefined();
  });

  it('needs quiet first: a row that begins active has none, however far its edge is repeated', () => {
    expect(triggeredStartUs(spec, extendEdges(onGrid(20, 20, 20, 20), 30))).toBeUndefined();
  });

  it('is drawn by the shares of the rules, from row and trigger, shifted both ways', () => {
    const extended = extendEdges(recording, overhangSamples(spec, recording, 2));
    const rules = [
      { from: 'row', shiftSamples: 2, share: 0.75 },
      { from: 'trigger', shiftSamples: 0, share: 0.25 },
    ] as const;
    const starts = new StartSampler(spec, rules, recording, extended);
    const random = RandomStream.seeded(1);
    const counts = new Map<number, number>();
    for (let i = 0; i < 4000; i++) {
      const sample = (starts.draw(random.fork(i)) - START_US) / PERIOD_US;
      counts.set(sample, (counts.get(sample) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3]);
    expect(counts.get(3)).toBeGreaterThan(900);
    expect(counts.get(3)).toBeLessThan(1100);
    for (const shift of [-2, -1, 0, 1, 2]) expect(counts.get(shift)).toBeGreaterThan(500);
  });

  it('is the row where the trigger sees nothing', () => {
    const quiet = onGrid(90, 90, 90, 90);
    const starts = new StartSampler(spec, [], quiet, extendEdges(quiet, 5));
    expect(starts.exact('trigger', 1)).toBe(START_US + PERIOD_US);
  });
});
