import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../model/random.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import { Windower } from '../../protocols/windower.ts';
import { at, eventsOf, rateTask, START_US } from './examples.ts';

const PERIOD_MS = 20;

const ENERGY = {
  kind: 'energy',
  channels: ['accel.x', 'accel.z'],
  shortMs: 100,
  longMs: 2000,
  ratio: 8,
  release: 2,
  noise: 0.05,
  quietMs: 200,
  preMs: 400,
};

const task = (changes: object = {}) =>
  rateTask({
    input: { rateHz: 10, maxGapMs: 500, channels: [{ channel: 'accel.x' }, { channel: 'accel.z' }] },
    window: { rows: 10, trigger: { ...ENERGY, ...changes } },
  });

/** Seconds of a board on a table, with its noise, and a shake of 300 ms at each of these times. */
function board(
  seconds: number,
  shakesMs: readonly number[],
  { shake = 4, noise = 0.02, periodMs = PERIOD_MS } = {},
) {
  const random = RandomStream.seeded(1);
  return Array.from({ length: (seconds * 1000) / periodMs }, (_, i) => {
    const ms = i * periodMs;
    const isShaken = shakesMs.some((startMs) => ms >= startMs && ms < startMs + 300);
    const motion = isShaken ? shake * Math.sin((2 * Math.PI * ms) / 150) : 0;
    return at(ms, {
      'accel.x': motion + noise * random.normal(),
      'accel.z': 9.81 + motion + noise * random.normal(),
    });
  });
}

const startsMs = (readings: readonly SensorReading[], changes: object = {}): number[] =>
  eventsOf(new Windower(task(changes)), readings).flatMap((event) =>
    event.type === 'opened' ? [(event.startUs - START_US) / 1000] : [],
  );

describe('an energy trigger', () => {
  it('opens a window where a motion begins, so that it sits where the model expects it', () => {
    const shakes = [4000, 8000, 13_000];
    const starts = startsMs(board(18, shakes));
    expect(starts).toHaveLength(shakes.length);
    for (const [i, startMs] of starts.entries()) {
      const triggerMs = startMs + ENERGY.preMs;
      expect(triggerMs).toBeGreaterThanOrEqual(shakes[i]!);
      expect(triggerMs).toBeLessThan(shakes[i]! + 100);
    }
  });

  it('does not mind gravity, nor how often the board measures', () => {
    for (const periodMs of [10, 20, 25]) {
      const [startMs, ...more] = startsMs(board(8, [4000], { periodMs }));
      expect(more).toEqual([]);
      expect(startMs! + ENERGY.preMs).toBeGreaterThanOrEqual(4000);
      expect(startMs! + ENERGY.preMs).toBeLessThan(4100);
    }
  });

  it('leaves noise alone, however small its background is', () => {
    expect(startsMs(board(20, []))).toEqual([]);
    expect(startsMs(board(20, [], { noise: 0 }))).toEqual([]);
    expect(startsMs(board(20, [9000], { shake: 0.03, noise: 0 }))).toEqual([]);
  });

  it('takes what lasts for the new background, and what stands out from that for an event', () => {
    // From 4 s on the wearer walks; at 14 s he strikes.
    const walking = board(20, [14_000], { shake: 30 }).map((reading, i) => {
      const ms = i * PERIOD_MS;
      const step = ms >= 4000 ? 2 * Math.sin((2 * Math.PI * ms) / 500) : 0;
      const { 'accel.x': x, 'accel.z': z } = reading.values;
      return { ...reading, values: { 'accel.x': x! + step, 'accel.z': z! } };
    });
    const starts = startsMs(walking, { quietMs: 0, release: 4 });
    expect(starts).toHaveLength(2);
    expect(starts[0]! + ENERGY.preMs).toBeLessThan(4200);
    expect(starts[1]! + ENERGY.preMs).toBeGreaterThanOrEqual(14_000);
    expect(starts[1]! + ENERGY.preMs).toBeLessThan(14_150);
  });

  it('does not fire again before its refractory time is over', () => {
    const shakes = [4000, 6000, 8000];
    expect(startsMs(board(12, shakes))).toHaveLength(3);
    expect(startsMs(board(12, shakes), { refractoryMs: 3000 })).toHaveLength(2);
  });

  it('fires at nothing before it knows a background', () => {
    expect(startsMs(board(8, [1000]))).toEqual([]);
  });
});

describe('the task of an energy trigger', () => {
  it.each([
    [{ shortMs: 3000 }, '`shortMs` must be shorter than `longMs`'],
    [{ release: 9 }, '`release` must not be above `ratio`'],
    [{ channels: ['accel.x', 'gyro.x'] }, 'the trigger watches "gyro.x"'],
    [{ preMs: 1000 }, 'the moment of the trigger must lie within the window'],
  ])('with %j is refused', (changes, message) => {
    expect(() => task(changes)).toThrow(message);
  });
});
