import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import type { Recording } from '../../../protocols/recording.ts';
import { type Augmentation, augmentation, augmented } from '../../../trainer/augment/augment.ts';

const CHANNELS = ['accel.x', 'accel.y', 'accel.z', 'gyro.x', 'gyro.y', 'gyro.z'];
const random = RandomStream.seeded(5);

/** 200 samples at 50 Hz of vectors that differ in every axis. */
const recording: Recording = {
  id: 'r',
  board: 'b',
  channels: CHANNELS,
  rateHz: 50,
  nominalRate: false,
  timesUs: Float64Array.from({ length: 200 }, (_, i) => i * 20_000),
  values: Float64Array.from({ length: 1200 }, (_, k) => Math.sin(k) + (k % 6)),
  labels: [],
};

const norms = ({ values }: Recording, offset: number): number[] =>
  Array.from({ length: 200 }, (_, i) => Math.hypot(...values.subarray(6 * i + offset, 6 * i + offset + 3)));
const apply = (rule: Augmentation, key: number, pivotUs = 0): Recording =>
  augmented(recording, [rule], pivotUs, random.fork(key));

describe('a rotation', () => {
  const rule: Augmentation = {
    kind: 'rotate',
    triples: [
      ['accel.x', 'accel.y', 'accel.z'],
      ['gyro.x', 'gyro.y', 'gyro.z'],
    ],
    sigmaRad: 0.5,
  };

  it('keeps every length, and the angle between acceleration and rate of turn', () => {
    const turned = apply(rule, 1);
    expect(turned.values[0]).not.toBeCloseTo(recording.values[0]!, 3);
    for (const offset of [0, 3]) {
      const before = norms(recording, offset);
      for (const [i, length] of norms(turned, offset).entries()) expect(length).toBeCloseTo(before[i]!, 9);
    }
    const dot = ({ values }: Recording) =>
      values[0]! * values[3]! + values[1]! * values[4]! + values[2]! * values[5]!;
    expect(dot(turned)).toBeCloseTo(dot(recording), 9);
  });

  it('keeps handedness: it is no mirror', () => {
    const axes = {
      ...recording,
      values: Float64Array.of(1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0),
    };
    const { values } = augmented(
      { ...axes, timesUs: axes.timesUs.subarray(0, 3) },
      [rule],
      0,
      random.fork(2),
    );
    const [a, b, c] = [0, 6, 12].map((at) => values.subarray(at, at + 3));
    const determinant =
      a![0]! * (b![1]! * c![2]! - b![2]! * c![1]!) -
      a![1]! * (b![0]! * c![2]! - b![2]! * c![0]!) +
      a![2]! * (b![0]! * c![1]! - b![1]! * c![0]!);
    expect(determinant).toBeCloseTo(1, 9);
  });
});

it('a warp stretches time about the pivot, within its amount, and leaves the values', () => {
  const pivotUs = 1_000_000;
  const factors = Array.from({ length: 300 }, (_, i) => {
    const { timesUs, values } = apply({ kind: 'warp', amount: 0.25 }, i, pivotUs);
    expect(timesUs[50]).toBe(pivotUs);
    expect(values).toEqual(recording.values);
    return (timesUs[199]! - pivotUs) / (199 * 20_000 - pivotUs);
  });
  expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.7499);
  expect(Math.max(...factors)).toBeLessThanOrEqual(1.2501);
  expect(Math.min(...factors)).toBeLessThan(0.77);
  expect(Math.max(...factors)).toBeGreaterThan(1.23);
});

it('a mirror turns its channels in about its share of the windows, and only them', () => {
  const rule: Augmentation = { kind: 'mirror', negate: ['accel.x', 'gyro.y', 'gyro.z'], share: 0.3 };
  let turned = 0;
  for (let i = 0; i < 1000; i++) {
    const { values } = apply(rule, i);
    if (values[4] === recording.values[4]) continue;
    turned++;
    const signs = [-1, 1, 1, 1, -1, -1];
    expect([...values.subarray(0, 6)]).toEqual(signs.map((sign, c) => sign * recording.values[c]!));
  }
  expect(turned).toBeGreaterThan(250);
  expect(turned).toBeLessThan(350);
});

it('a jitter adds noise of its size to its channels, and to no other', () => {
  const { values } = apply({ kind: 'jitter', channels: ['accel.y'], sigma: 0.5 }, 3);
  const errors = Array.from({ length: 200 }, (_, i) => values[6 * i + 1]! - recording.values[6 * i + 1]!);
  const sd = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);
  expect(sd).toBeGreaterThan(0.4);
  expect(sd).toBeLessThan(0.6);
  expect(values[0]).toBe(recording.values[0]);
});

it('a drop leaves whole readings out, about its share', () => {
  const { timesUs, values } = apply({ kind: 'drop', share: 0.2 }, 4);
  expect(timesUs.length).toBeGreaterThan(140);
  expect(timesUs.length).toBeLessThan(180);
  expect(values.length).toBe(timesUs.length * 6);
  const at = timesUs[10]! / 20_000;
  expect(values.subarray(60, 66)).toEqual(recording.values.subarray(6 * at, 6 * at + 6));
});

it('is a function of its stream, and applies the rules in order', () => {
  const rules: Augmentation[] = [
    { kind: 'scale', channels: ['accel.x'], sigma: 0.3 },
    { kind: 'mirror', negate: ['accel.x'], share: 1 },
  ];
  const once = augmented(recording, rules, 0, random.fork('same'));
  expect(augmented(recording, rules, 0, random.fork('same'))).toEqual(once);
  expect(augmented(recording, rules, 0, random.fork('other')).values[6]).not.toBe(once.values[6]);
  expect(Math.sign(once.values[6]!)).toBe(-Math.sign(recording.values[6]!));
});

it('refuses a rule it does not know', () => {
  expect(augmentation.safeParse({ kind: 'blur', amount: 1 }).success).toBe(false);
  expect(augmentation.safeParse({ kind: 'warp', amount: 0.9 }).success).toBe(false);
});
