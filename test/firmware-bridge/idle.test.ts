import { describe, expect, it } from 'vitest';
import { idleBetween, type QuietRule, quietEnds } from '../../firmware-bridge/idle.ts';
import type { Recording } from '../../protocols/recording.ts';

const rule: QuietRule = { channel: 'proximity', atLeast: 250, within: 0.1, slack: 5 };

/** Samples of proximity and light. */
const recording = (id: string, samples: readonly (readonly [number, number])[]): Recording => ({
  id,
  board: 'desk-01',
  channels: ['proximity', 'light.red'],
  rateHz: 25,
  nominalRate: true,
  timesUs: Float64Array.from(samples, (_, i) => i * 40_000),
  values: Float64Array.from(samples.flat()),
  labels: [],
});

const bright = 1000;
const before = recording('before', [
  [254, bright],
  [0, 90],
  [255, bright],
  [253, bright],
  [254, bright],
]);
const after = recording('after', [
  [251, 40],
  [252, 41],
  [253, 42],
  [10, 3],
  [254, 40],
]);
const restless = recording('restless', [
  [234, 40],
  [0, 3],
  [200, 40],
]);

const played = (from: Recording | undefined, to: Recording, samples: number): string[] =>
  idleBetween(from, to, samples, rule).map(({ recording, index }) => `${recording.id}[${index}]`);

describe('idle time between two recordings', () => {
  it('goes back and forth in the tail, then through the head to its beginning', () => {
    expect(played(before, after, 10)).toEqual([
      ...['before[3]', 'before[2]', 'before[3]', 'before[4]', 'before[3]'],
      ...['after[1]', 'after[0]', 'after[1]', 'after[2]', 'after[1]'],
    ]);
  });

  it('is continuous at both seams: no sample is far from its neighbour', () => {
    for (let samples = 1; samples < 40; samples++) {
      const idle = idleBetween(before, after, samples, rule);
      expect(idle).toHaveLength(samples);
      const path = [{ recording: before, index: 4 }, ...idle, { recording: after, index: 0 }];
      for (const [i, { recording, index }] of path.entries()) {
        const next = path[i + 1];
        if (next?.recording === recording) expect(Math.abs(next.index - index)).toBe(1);
      }
    }
  });

  it('comes from one side where the other has none', () => {
    expect(played(undefined, after, 3)).toEqual(['after[1]', 'after[2]', 'after[1]']);
    expect(played(before, restless, 3)).toEqual(['before[3]', 'before[2]', 'before[3]']);
    expect(played(restless, after, 2)).toEqual(['after[2]', 'after[1]']);
    expect(played(restless, restless, 5)).toEqual([]);
  });

  it('repeats a single quiet sample', () => {
    expect(
      played(
        restless,
        recording('one', [
          [255, 9],
          [0, 1],
        ]),
        2,
      ),
    ).toEqual(['one[0]', 'one[0]']);
  });
});

describe('quiet ends', () => {
  it('end where something comes near, or where the light changes before it does', () => {
    expect(quietEnds(before, rule)).toEqual({ head: 1, tail: 3 });
    const shadow = recording('shadow', [
      [254, 1000],
      [254, 950],
      [254, 850],
      [0, 100],
      [254, 20],
      [254, 24],
    ]);
    expect(quietEnds(shadow, rule)).toEqual({ head: 2, tail: 2 });
  });

  it('are all of a recording in which nothing happens', () => {
    expect(
      quietEnds(
        recording('still', [
          [254, 9],
          [255, 9],
        ]),
        rule,
      ),
    ).toEqual({ head: 2, tail: 2 });
  });
});
