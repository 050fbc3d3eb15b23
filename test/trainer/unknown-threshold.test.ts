import { describe, expect, it } from 'vitest';
import { loadBrain } from '../../pipeline/tiny-brain.ts';
import { distinct, rowsOfSplit } from '../../trainer/datasets/dataset.ts';
import { readDataset } from '../../trainer/datasets/registry.ts';
import {
  auroc,
  calibrateUnknown,
  excludedSureness,
  fitThreshold,
  judgeThreshold,
  rightSureness,
} from '../../trainer/unknown-threshold.ts';
import { requireData } from '../tools.ts';

const excluded = (...sureness: number[]) => [{ kind: 'excluded', sureness } as const];
const hundred = (p: number) => Array.from({ length: 100 }, () => p);

describe('the unknown threshold', () => {
  it('lies in the middle of the gap between what is right and what is not', () => {
    expect(fitThreshold(hundred(0.58), excluded(0.4, 0.3))).toBeCloseTo(0.49, 12);
  });

  it('keeps 99 of 100 right answers, however many negatives that lets through', () => {
    const right = [0.2, 0.45, ...hundred(0.9).slice(2)];
    const threshold = fitThreshold(right, excluded(0.3, 0.5));
    expect(right.filter((p) => p < threshold)).toEqual([0.2]);
  });

  it('loses no right answer where that rejects nothing', () => {
    expect(fitThreshold([0.35, ...hundred(0.9)], excluded(0.99))).toBeLessThanOrEqual(0.35);
  });

  it('never calls a sure answer unknown', () => {
    expect(fitThreshold(hundred(0.99), excluded(0.8, 0.9))).toBeLessThanOrEqual(0.6);
    expect(fitThreshold(hundred(0.99), excluded(0.4, 0.55))).toBe(0.6);
  });

  it('is nothing without right answers or negatives', () => {
    expect(fitThreshold([], excluded(0.5))).toBe(0);
    expect(fitThreshold(hundred(0.9), [])).toBe(0);
  });

  it('weighs kinds of negatives alike, whatever their number', () => {
    const kinds = [
      { kind: 'excluded', sureness: [0.4] },
      { kind: 'idle', sureness: hundred(0.99) },
    ] as const;
    expect(judgeThreshold(0.5, [0.9, 0.3], kinds)).toEqual({
      threshold: 0.5,
      rightKept: 0.5,
      negatives: [
        { kind: 'excluded', n: 1, rejected: 1, auroc: 0.5 },
        { kind: 'idle', n: 100, rejected: 0, auroc: 0 },
      ],
    });
  });
});

describe('negatives by taking the true label off the list', () => {
  it('share out what is left', () => {
    const scored = [
      { truth: 0, probs: [0.8, 0.15, 0.05] },
      { truth: 2, probs: [0.5, 0.3, 0.2] },
      { truth: 1, probs: [0, 1, 0] },
    ];
    expect(excludedSureness(scored)).toEqual([0.15 / (0.15 + 0.05), 0.5 / 0.8, 0.5]);
    expect(rightSureness(scored)).toEqual([0.8, 1]);
  });

  it('are none where only one label would be left', () => {
    expect(excludedSureness([{ truth: 0, probs: [0.6, 0.4] }])).toEqual([]);
  });
});

it('AUROC is the share of pairs in order, ties half', () => {
  expect(auroc([0.9, 0.5], [0.5, 0.1])).toBe((1 + 1 + 0.5 + 1) / 4);
  expect(auroc([], [0.5])).toBe(0.5);
});

it.for<[name: 'local' | 'gesture', least: Readonly<Record<string, number>>]>([
  ['local', { excluded: 1 }],
  ['gesture', { excluded: 0.2, idle: 0 }],
])('%s: keeps what is right, and says how many negatives it rejects', async ([name, least], test) => {
  const { rows } = await readDataset(name, requireData(name, test));
  const brain = await loadBrain(`models/${name}`);
  try {
    const calibration = await calibrateUnknown(brain, distinct(rowsOfSplit(rows, 'validation')));
    expect(calibration.rightKept).toBeGreaterThanOrEqual(0.99);
    expect(calibration.threshold).toBeLessThanOrEqual(0.6);
    expect(calibration.negatives.map(({ kind }) => kind)).toEqual(Object.keys(least));
    for (const { kind, rejected } of calibration.negatives) {
      expect(rejected).toBeGreaterThanOrEqual(least[kind]!);
    }
  } finally {
    await brain.close();
  }
});
