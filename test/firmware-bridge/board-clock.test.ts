import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrivalClock, FixedClock } from '../../firmware-bridge/board-clock.ts';
import { Seeded } from '../../firmware-bridge/seeded.ts';

const BOOT_US = 1_795_421_176_000_000;
const PERIOD_US = 10_000;

interface Line {
  readonly seconds: number;
  readonly driftPpm?: number;
  /** Each arrival is so much late, at random: mostly little, sometimes much. */
  readonly jitterUs?: number;
  readonly startUs?: number;
}

/** How far the times given are off, in microseconds: one a sample, 100 Hz. */
function errors({ seconds, driftPpm = 0, jitterUs = 0, startUs = 0 }: Line): number[] {
  const clock = new ArrivalClock();
  const random = new Seeded(7);
  return Array.from({ length: seconds * 100 }, (_, i) => {
    const trueUs = BOOT_US + i * PERIOD_US;
    const boardUs = startUs + Math.round(i * PERIOD_US * (1 + driftPpm / 1e6));
    const lateUs = jitterUs * random.uniform() ** 2 + (random.uniform() < 0.02 ? 20 * jitterUs : 0);
    clock.observe(boardUs, trueUs + lateUs);
    return clock.hostUs(boardUs) - trueUs;
  });
}

const worst = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe('the clock of a board', () => {
  it('is learnt at once on a line without jitter', () => {
    expect(worst(errors({ seconds: 10 }))).toBe(0);
  });

  it('is known to a fraction of the jitter after a second', () => {
    expect(worst(errors({ seconds: 60, jitterUs: 5000 }).slice(100))).toBeLessThan(500);
  });

  it.each([-5000, -50, 50, 5000])('may drift by %i ppm: it stays right', (driftPpm) => {
    const off = errors({ seconds: 600, driftPpm, jitterUs: 2000 });
    // Before drift is known, it costs itself times the time it takes to know it.
    expect(worst(off.slice(6000))).toBeLessThan(Math.abs(driftPpm) > 1000 ? 3000 : 500);
  });

  it.each([-300, 0, 40])('is told to drift by %i ppm, and when it began to count', (driftPpm) => {
    const clock = new ArrivalClock();
    const random = new Seeded(3);
    expect(clock.estimate).toBeUndefined();
    const startUs = 7_000_000;
    for (let i = 0; i < 12_000; i++) {
      const boardUs = startUs + Math.round(i * PERIOD_US * (1 + driftPpm / 1e6));
      clock.observe(boardUs, BOOT_US + i * PERIOD_US + 1000 * random.uniform() ** 2);
      if (i === 100) expect(clock.estimate).toEqual({ driftPpm: null, offsetMs: (BOOT_US - startUs) / 1000 });
    }
    const { driftPpm: found, offsetMs } = clock.estimate!;
    expect(Math.abs(found! - driftPpm)).toBeLessThan(2);
    // After two minutes the board is ahead by so much.
    const ahead = (driftPpm * 120) / 1000;
    expect(Math.abs(offsetMs - ((BOOT_US - startUs) / 1000 - ahead))).toBeLessThan(2);
  });

  it('dates nothing after its arrival', () => {
    const off = errors({ seconds: 100, driftPpm: 100 });
    expect(Math.max(...off)).toBeLessThanOrEqual(1);
  });

  it('counts from whatever it likes', () => {
    expect(worst(errors({ seconds: 10, startUs: 2 ** 52 }))).toBe(0);
  });

  it('catches up with what lay in a buffer when the port was opened', () => {
    const clock = new ArrivalClock();
    for (let i = 0; i < 500; i++) clock.observe(i * PERIOD_US, BOOT_US + 5_000_000);
    for (let i = 0; i < 500; i++) {
      const boardUs = i * PERIOD_US;
      expect(clock.hostUs(boardUs)).toBe(BOOT_US + boardUs + PERIOD_US);
    }
  });

  it.each([
    ['set back to its start', 0],
    ['set ahead by a year', 3600e6 * 24 * 365],
    ['set back by a day', -3600e6 * 24],
  ])('is learnt anew when it was %s, and time goes on', (_, toUs) => {
    const clock = new ArrivalClock();
    const times: number[] = [];
    for (let i = 0; i < 1000; i++) {
      const boardUs = (i < 500 ? 3600e6 * 48 : toUs) + i * PERIOD_US;
      clock.observe(boardUs, BOOT_US + i * PERIOD_US);
      times.push(clock.hostUs(boardUs));
    }
    expect(times).toEqual(times.map((_, i) => BOOT_US + i * PERIOD_US));
  });

  it.each([
    ['back by a day', -86_400e6],
    ['ahead by a year', 365 * 86_400e6],
  ])('follows the clock of this machine when that is set %s', (_, byUs) => {
    const clock = new ArrivalClock();
    for (let i = 0; i < 1000; i++) {
      const arrivalUs = BOOT_US + i * PERIOD_US + (i < 500 ? 0 : byUs);
      clock.observe(i * PERIOD_US, arrivalUs);
      expect(clock.hostUs(i * PERIOD_US)).toBe(arrivalUs);
    }
  });

  it('holds to its line when bytes were held back for half a minute', () => {
    const clock = new ArrivalClock();
    for (let i = 0; i < 4000; i++) {
      const trueUs = BOOT_US + i * PERIOD_US;
      clock.observe(i * PERIOD_US, i < 500 ? trueUs : Math.max(trueUs, BOOT_US + 35_000_000));
      expect(clock.hostUs(i * PERIOD_US)).toBe(trueUs);
    }
  });

  it('goes on after an hour of silence', () => {
    const clock = new ArrivalClock();
    for (const [boardUs, lateUs] of [
      [0, 0],
      [PERIOD_US, 3000],
      [3600e6, 2000],
      [3600e6 + PERIOD_US, 0],
    ] as const) {
      clock.observe(boardUs, BOOT_US + boardUs + lateUs);
      expect(clock.hostUs(boardUs) - BOOT_US - boardUs).toBeLessThanOrEqual(2000);
    }
  });

  it('never gives a later sample an earlier time, whatever arrives when', () => {
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 20_000_000 }), fc.integer({ min: 0, max: 90_000_000 })),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (passed) => {
        const clock = new ArrivalClock();
        let [boardUs, arrivalUs, lastUs] = [0, BOOT_US, 0];
        for (const [boardStepUs, arrivalStepUs] of passed) {
          boardUs += boardStepUs;
          arrivalUs += arrivalStepUs;
          clock.observe(boardUs, arrivalUs);
          const hostUs = clock.hostUs(boardUs);
          expect(Number.isSafeInteger(hostUs)).toBe(true);
          expect(hostUs).toBeGreaterThanOrEqual(lastUs);
          lastUs = hostUs;
        }
      }),
    );
  });

  it('is fixed in a replay, whatever arrives when', () => {
    expect(new FixedClock(BOOT_US).hostUs(5)).toBe(BOOT_US + 5);
  });
});
