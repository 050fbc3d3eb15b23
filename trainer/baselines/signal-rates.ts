/** How often a signal repeats, by signal processing: no training. Results in repetitions per minute. */
export type RateEstimator = (values: readonly number[], rateHz: number) => number;

/** Finer than the distance of two frequencies of the window itself: the spectrum is interpolated by zeros. */
const FINENESS = 8;
const LOWEST_HZ = 0.05;
const HIGHEST_HZ = 1;
/** Share of the signal's deviation by which it must pass its mean to count as having crossed it. */
const HYSTERESIS = 0.3;

/** The frequency with the greatest magnitude between 3 and 60 per minute, of the signal without its mean. */
export const spectralPeak: RateEstimator = (values, rateHz) => {
  const centred = withoutMean(values);
  const stepHz = rateHz / (FINENESS * values.length);
  let best = { hz: LOWEST_HZ, power: -1 };
  for (let hz = LOWEST_HZ; hz <= Math.min(HIGHEST_HZ, rateHz / 2); hz += stepHz) {
    const angle = (2 * Math.PI * hz) / rateHz;
    let [re, im] = [0, 0];
    for (const [i, value] of centred.entries()) {
      re += value * Math.cos(angle * i);
      im += value * Math.sin(angle * i);
    }
    const power = re * re + im * im;
    if (power > best.power) best = { hz, power };
  }
  return 60 * best.hz;
};

/** From the first to the last upward crossing of the mean, how many there are in a minute; 0 for fewer than two. */
export const meanCrossings: RateEstimator = (values, rateHz) => {
  const centred = withoutMean(values);
  const deviation = Math.sqrt(centred.reduce((sum, v) => sum + v * v, 0) / centred.length);
  const crossings: number[] = [];
  let isBelow = centred[0]! < 0;
  for (const [i, value] of centred.entries()) {
    if (isBelow && value > HYSTERESIS * deviation) {
      crossings.push(i);
      isBelow = false;
    } else if (value < -HYSTERESIS * deviation) isBelow = true;
  }
  if (crossings.length < 2) return 0;
  return (60 * rateHz * (crossings.length - 1)) / (crossings.at(-1)! - crossings[0]!);
};

function withoutMean(values: readonly number[]): number[] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.map((value) => value - mean);
}
