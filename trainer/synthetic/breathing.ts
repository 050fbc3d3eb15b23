import type { RandomStream } from '../../model/random.ts';
import { BREATHE_RATE_HZ } from '../datasets/breathe.ts';
import type { LabelledRow } from '../datasets/dataset.ts';
import { type Breath, breathingRate, chestLevel, drawBreaths } from './breaths.ts';
import { senseChest } from './chest-sensor.ts';
import { between, betweenByRatio, type Range } from './draw.ts';

/** Rates of the rows that are invented. */
export const BREATHING_RATES_PER_MIN: Range = [6, 30];
/** Rates about which single breaths are drawn: a little wider, so that the ends are not rare. */
const USUAL_RATES_PER_MIN: Range = [5.4, 33];
/** As long as the recordings of the public set: 30 s. */
const SAMPLES = 477;
const WINDOW_S = SAMPLES / BREATHE_RATE_HZ;

/** Recordings that begin before the breathing does: the belt is still, then the first breath goes on. */
const STILL_START_SHARE = 0.4;
const STILL_S = [0.3, 2.5] as const;

const TIMES_US = Float64Array.from({ length: SAMPLES }, (_, i) => Math.round((i * 1e6) / BREATHE_RATE_HZ));

/**
 * An invented recording of a chest sensor with its true rate: breaths that differ in duration, depth and shape (breaths.ts)
 * on a sensor that drifts, is touched and is noisy (chest-sensor.ts); 477 samples at 15.9 Hz, whole numbers 0..100, as in
 * the public set. What can happen (a still start, a knock, the rate as that of whole breaths) was learnt by looking at that
 * set; how much of it happens is a broad prior, fitted to none of its recordings. A pure function of the stream.
 */
export function breathingRow(id: string, split: string, random: RandomStream): LabelledRow {
  const { breaths, stillS, ratePerMin } = drawCourse(random.fork('breaths'));
  const chest = Float64Array.from({ length: SAMPLES }, (_, i) =>
    chestLevel(breaths, Math.max(stillS, i / BREATHE_RATE_HZ)),
  );
  const label = ratePerMin.toFixed(3);
  return {
    id,
    label,
    numbers: { breathingRate: ratePerMin },
    splits: { split },
    recording: {
      id,
      board: 'chest-sensor',
      channels: ['chest'],
      rateHz: BREATHE_RATE_HZ,
      nominalRate: true,
      timesUs: TIMES_US,
      values: senseChest(chest, BREATHE_RATE_HZ, random.fork('sensor')),
      labels: [{ label, startUs: 0, endUs: Math.round(WINDOW_S * 1e6) }],
    },
  };
}

interface Course {
  readonly breaths: readonly Breath[];
  /** The chest is still until then. */
  readonly stillS: number;
  readonly ratePerMin: number;
}

/** A course whose breaths miss the range by chance is drawn again. */
function drawCourse(random: RandomStream): Course {
  const [slowest, fastest] = BREATHING_RATES_PER_MIN;
  for (let attempt = 0; ; attempt++) {
    const draw = random.fork(attempt);
    const usualPerMin = betweenByRatio(USUAL_RATES_PER_MIN, draw);
    const stillS = draw.uniform() < STILL_START_SHARE ? between(STILL_S, draw) : 0;
    const breaths = drawBreaths(usualPerMin, WINDOW_S, draw);
    const ratePerMin = breathingRate(breaths, stillS, WINDOW_S);
    if (ratePerMin !== undefined && slowest <= ratePerMin && ratePerMin <= fastest) {
      return { breaths, stillS, ratePerMin };
    }
  }
}
