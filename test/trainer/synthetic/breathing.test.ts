import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import { BREATHE_RATE_HZ } from '../../../trainer/datasets/breathe.ts';
import { BREATHING_RATES_PER_MIN, breathingRow } from '../../../trainer/synthetic/breathing.ts';
import { type Breath, breathingRate, chestLevel, drawBreaths } from '../../../trainer/synthetic/breaths.ts';
import { senseChest } from '../../../trainer/synthetic/chest-sensor.ts';

const stream = (seed: number) => RandomStream.seeded(seed);
const rows = Array.from({ length: 300 }, (_, i) => breathingRow(`row-${i}`, 'train', stream(i)));
const rateOf = (row: (typeof rows)[number]): number => row.numbers!.breathingRate!;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Every fourth sample is enough for breathing. */
const STRIDE = 4;

/** Breaths per minute at the greatest Fourier component of a Hann-windowed signal without its mean. */
function strongestPerMin(samples: Float64Array, rateHz: number): number {
  const values = samples.filter((_, i) => i % STRIDE === 0);
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const tapered = values.map((value, i) => (value - mean) * (1 - Math.cos((2 * Math.PI * i) / n)));
  let strongest = { perMin: 0, power: 0 };
  for (let perMin = 4; perMin <= 40; perMin += 0.1) {
    const perValue = (2 * Math.PI * perMin * STRIDE) / (60 * rateHz);
    const re = tapered.reduce((sum, value, i) => sum + value * Math.cos(perValue * i), 0);
    const im = tapered.reduce((sum, value, i) => sum + value * Math.sin(perValue * i), 0);
    const power = re * re + im * im;
    if (power > strongest.power) strongest = { perMin, power };
  }
  return strongest.perMin;
}

/** A breath of regular breathing: inhale 2 s, exhale 3 s. */
const regular = (k: number): Breath => ({
  inhaleS: 5 * k,
  fullS: 5 * k + 2,
  exhaleS: 5 * k + 2,
  emptyS: 5 * k + 5,
  beforeLevel: 0,
  topLevel: 1,
  afterLevel: 0,
  riseBend: 1,
  fallBend: 1,
});
const TWELVE_PER_MIN = Array.from({ length: 7 }, (_, k) => regular(k));

describe('breaths', () => {
  it('rise, fall and rest where they say', () => {
    const levels = [0, 1, 2, 3.5, 5, 6, 7].map((timeS) => chestLevel(TWELVE_PER_MIN, timeS));
    for (const [i, level] of [0, 0.5, 1, 0.5, 0, 0.5, 1].entries()) expect(levels[i]).toBeCloseTo(level, 12);
  });

  it('are counted whole, from inhalation to inhalation and from exhalation to exhalation', () => {
    expect(breathingRate(TWELVE_PER_MIN, 0, 30)).toBeCloseTo(12, 12);
    // 6 s hold an inhalation at 5 s alone, and exhalations at 2 s and 7 s.
    expect(breathingRate(TWELVE_PER_MIN, 1.5, 7.5)).toBeCloseTo(12, 12);
    expect(breathingRate(TWELVE_PER_MIN, 0.5, 6.5)).toBeUndefined();
    const late = TWELVE_PER_MIN.map((breath, k) => (k < 6 ? breath : { ...breath, inhaleS: 33 }));
    expect(breathingRate(late, 0, 35)).toBeCloseTo((60 * 12) / (33 + 30), 12);
  });

  it('follow one another without a jump', () => {
    for (let seed = 0; seed < 20; seed++) {
      const breaths = drawBreaths(15, 30, stream(seed));
      for (let timeS = 0; timeS < 30; timeS += 0.01) {
        const step = Math.abs(chestLevel(breaths, timeS + 0.01) - chestLevel(breaths, timeS));
        expect(step).toBeLessThan(0.15);
      }
    }
  });
});

describe('rows', () => {
  it('are pure functions of their stream', () => {
    expect(breathingRow('a', 'train', stream(7))).toEqual(breathingRow('a', 'train', stream(7)));
    expect(breathingRow('a', 'train', stream(7)).recording.values).not.toEqual(
      breathingRow('a', 'train', stream(8)).recording.values,
    );
  });

  it('look like those of the public set: 477 samples in 30 s, whole numbers 0..100', () => {
    for (const { recording } of rows) {
      expect(recording.rateHz).toBe(BREATHE_RATE_HZ);
      expect(recording.values).toHaveLength(477);
      expect(recording.timesUs.at(-1)).toBe(Math.round((476 * 1e6) / 15.9));
      for (const value of recording.values) {
        expect(Number.isInteger(value) && value >= 0 && value <= 100).toBe(true);
      }
    }
    const filling = rows.filter(({ recording: { values } }) => values.includes(0) && values.includes(100));
    expect(filling.length / rows.length).toBeGreaterThan(0.6);
  });

  it('breathe at every rate of the range', () => {
    const [slowest, fastest] = BREATHING_RATES_PER_MIN;
    const perBand = new Map<number, number>();
    for (const row of rows) {
      const rate = rateOf(row);
      expect(rate).toBeGreaterThanOrEqual(slowest);
      expect(rate).toBeLessThanOrEqual(fastest);
      const band = Math.floor(rate / 4);
      perBand.set(band, (perBand.get(band) ?? 0) + 1);
    }
    for (let band = 1; band <= 7; band++) expect(perBand.get(band) ?? 0).toBeGreaterThan(4);
  });

  it('hold the rate that they say, by a Fourier transform which knows nothing of how they were made', () => {
    const errors = rows
      .slice(0, 100)
      .map((row) => Math.abs(strongestPerMin(row.recording.values, BREATHE_RATE_HZ) - rateOf(row)));
    // Breaths differ among themselves, belts slip: a peak is not the mean. Labels of other rows would be 5 off.
    expect(median(errors)).toBeLessThan(0.35);
    expect(errors.filter((error) => error < 1).length / errors.length).toBeGreaterThan(0.8);
  });
});

it('a sensor may hang either way up', () => {
  const chest = Float64Array.from({ length: 477 }, (_, i) => chestLevel(TWELVE_PER_MIN, i / BREATHE_RATE_HZ));
  const signs = Array.from({ length: 40 }, (_, seed) => {
    const sensed = senseChest(chest, BREATHE_RATE_HZ, stream(seed));
    const mean = sensed.reduce((sum, value) => sum + value, 0) / sensed.length;
    return Math.sign(sensed.reduce((sum, value, i) => sum + (value - mean) * (chest[i]! - 0.5), 0));
  });
  for (const sign of [-1, 1]) expect(signs.filter((s) => s === sign).length).toBeGreaterThan(8);
});
