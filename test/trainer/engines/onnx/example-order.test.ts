import { describe, expect, it } from 'vitest';
import { ExampleOrder } from '../../../../trainer/engines/onnx/example-order.ts';
import { toExampleSet } from '../../../../trainer/example-set.ts';
import type { BalanceSettings } from '../../../../trainer/finetune-settings.ts';

/** Cells [label, group, examples]: a rare label of one person, a common one of two. */
const CELLS = [
  [0, 0, 4],
  [1, 0, 60],
  [1, 1, 36],
] as const;
const examples = CELLS.flatMap(([label, group, count]) =>
  Array.from({ length: count }, () => ({ prompt: [1], answer: [2], label, group })),
);
const COUNT = examples.length;
const set = toExampleSet(examples, 2, 0);
const byBoth: BalanceSettings = { by: ['label', 'group'], power: 1 };

/** How often each example is drawn in the passes from `first` to before `last`. */
function timesDrawn(balance: BalanceSettings | undefined, first: number, last: number): number[] {
  const order = new ExampleOrder(set, 3, balance);
  const times = Array<number>(COUNT).fill(0);
  for (let draw = first * COUNT; draw < last * COUNT; draw++) times[order.at(draw)]!++;
  return times;
}

/** Share of the draws that fall in each cell. */
function shares(balance: BalanceSettings | undefined, passes = 300): number[] {
  const times = timesDrawn(balance, 0, passes);
  const inCell = CELLS.map(() => 0);
  for (const [i, n] of times.entries()) {
    const { label, group } = examples[i]!;
    const cell = CELLS.findIndex(([ofLabel, ofGroup]) => ofLabel === label && ofGroup === group);
    inCell[cell]! += n / (passes * COUNT);
  }
  return inCell;
}

const near = (expected: readonly number[]) => expected.map((share) => expect.closeTo(share, 2));

describe('the order of the examples', () => {
  it('is every example once a pass where nothing is balanced, or nothing weighs more', () => {
    for (const balance of [undefined, { ...byBoth, power: 0 }]) {
      expect(new Set(timesDrawn(balance, 2, 3))).toEqual(new Set([1]));
    }
  });

  it('draws each cell alike at power 1, by its root at power 1/2', () => {
    expect(shares(byBoth)).toEqual(near([1 / 3, 1 / 3, 1 / 3]));
    const roots = CELLS.map(([, , count]) => Math.sqrt(count));
    const total = roots.reduce((sum, root) => sum + root, 0);
    expect(shares({ ...byBoth, power: 0.5 })).toEqual(near(roots.map((root) => root / total)));
  });

  it('balances labels, or persons, where only they are asked for', () => {
    expect(shares({ by: ['label'], power: 1 })).toEqual(near([0.5, 0.5 * (60 / 96), 0.5 * (36 / 96)]));
    expect(shares({ by: ['group'], power: 1 })).toEqual(near([0.5 * (4 / 64), 0.5 * (60 / 64), 0.5]));
  });

  it('draws an example as often as expected, give or take one, in every pass', () => {
    for (const pass of [0, 1, 7]) {
      const times = timesDrawn(byBoth, pass, pass + 1);
      // 100 draws, a third for the first cell's four examples: 8.33 each.
      for (const n of times.slice(0, 4)) expect([8, 9]).toContain(n);
      for (const n of times.slice(4)) expect([0, 1]).toContain(n);
    }
    expect(timesDrawn(byBoth, 0, 1)).not.toEqual(timesDrawn(byBoth, 1, 2));
  });

  it('is a function of seed and draw alone', () => {
    const forwards = new ExampleOrder(set, 3, byBoth);
    const drawn = Array.from({ length: 3 * COUNT }, (_, draw) => forwards.at(draw));
    const jumping = new ExampleOrder(set, 3, byBoth);
    for (const draw of [250, 3, 199, 200, 101, 0, 299]) expect(jumping.at(draw)).toBe(drawn[draw]);
    const other = new ExampleOrder(set, 4, byBoth);
    expect(Array.from({ length: 3 * COUNT }, (_, draw) => other.at(draw))).not.toEqual(drawn);
  });

  it('is refused by group where an example names none', () => {
    const nameless = toExampleSet([...examples, { prompt: [1], answer: [2], label: 0 }], 2, 0);
    expect(() => new ExampleOrder(nameless, 3, byBoth)).toThrow(/not every training row names one/);
    expect(() => new ExampleOrder(nameless, 3, { by: ['label'], power: 1 })).not.toThrow();
  });
});
