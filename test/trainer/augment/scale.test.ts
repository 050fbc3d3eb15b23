import { expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import { scaled } from '../../../trainer/augment/scale.ts';
import { recordingOf } from '../../protocols/examples.ts';

const recording = recordingOf(
  ['light.red', 'proximity', 'light.blue'],
  [
    [0, 10, 255, 100],
    [100, 20, Number.NaN, 200],
  ],
);
const rule = { kind: 'scale' as const, channels: ['light.red', 'light.blue'], sigma: 0.2 };

it('scales the channels of a rule by one factor, and no other', () => {
  const { values } = scaled(recording, rule, RandomStream.seeded(1));
  const factor = values[0]! / 10;
  expect(factor).not.toBe(1);
  expect([values[1], values[4]]).toEqual([255, Number.NaN]);
  const scaledBase = [10, 100, 20, 200];
  for (const [i, k] of [0, 2, 3, 5].entries()) expect(values[k]).toBeCloseTo(factor * scaledBase[i]!, 9);
});

it('draws factors whose logarithm has the spread of the rule', () => {
  const random = RandomStream.seeded(2);
  const logs = Array.from({ length: 2000 }, (_, i) =>
    Math.log(scaled(recording, rule, random.fork(i)).values[0]! / 10),
  );
  const mean = logs.reduce((a, b) => a + b, 0) / logs.length;
  const sd = Math.sqrt(logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / logs.length);
  expect(Math.abs(mean)).toBeLessThan(0.02);
  expect(sd).toBeGreaterThan(0.18);
  expect(sd).toBeLessThan(0.22);
});

it('never changes the recording it was given', () => {
  const before = [...recording.values];
  scaled(recording, rule, RandomStream.seeded(1));
  expect([...recording.values]).toEqual(before);
});
