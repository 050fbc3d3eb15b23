import type { RandomStream } from '../../model/random.ts';
import { between, betweenByRatio } from './draw.ts';

/** Full scale of the public set's recordings. */
const FULL_SCALE = 100;

/*
 * The priors, in usual depths of a breath. Every recording draws how much trouble it is in, from none to all of this: most
 * sensors are well strapped on.
 */

/** Slow change of the baseline: a straight line, and a wave longer than the slowest breath. */
const TREND_DEPTHS = [-1, 1] as const;
const SWELL_DEPTHS = [0, 0.5] as const;
const SWELL_PERIOD_S = [20, 80] as const;
/** The belt slips, the person moves: the baseline goes elsewhere within about a second. */
const SHIFT_SHARE = 0.2;
const SHIFT_DEPTHS = [-1, 1] as const;
/** The heart moves the chest too. */
const HEART_PER_MIN = [50, 100] as const;
const HEART_DEPTHS = [0, 0.06] as const;
/** Standard deviation of white noise, spread evenly over its logarithm. */
const NOISE_DEPTHS = [0.01, 0.15] as const;
/** Single wrong samples, up to so many; and a knock on the sensor, which can dwarf every breath. */
const MOST_CLICKS = 6;
const CLICK_DEPTHS = [-0.5, 0.5] as const;
const KNOCK_SHARE = 0.3;
const KNOCK_DEPTHS = [-3, 3] as const;
const KNOCK_S = [0.1, 0.8] as const;
/** Most recordings fill the scale from their lowest to their highest sample; a live sensor often does not. */
const FILLS_SCALE_SHARE = 0.75;
const LEAST_SPAN = 0.4;

/**
 * What a sensor makes of a chest's movement: whole numbers 0..100, either way up, scaled from the lowest to the highest sample
 * as in the public set or to a part of that range.
 *
 * @param chest levels in usual depths of a breath, one for each sample
 */
export function senseChest(chest: Float64Array, rateHz: number, random: RandomStream): Float64Array {
  const sensed = chest.slice();
  const trouble = random.uniform();
  drift(sensed, rateHz, trouble, random.fork('drift'));
  beat(sensed, rateHz, random.fork('heart'));
  knock(sensed, rateHz, trouble, random.fork('knocks'));
  addNoise(sensed, trouble, random.fork('noise'));
  return inRange(sensed, random.fork('scale'));
}

function drift(samples: Float64Array, rateHz: number, trouble: number, random: RandomStream): void {
  const trend = (trouble * between(TREND_DEPTHS, random)) / samples.length;
  const swell = trouble * between(SWELL_DEPTHS, random);
  const swellPerSample = (2 * Math.PI) / (between(SWELL_PERIOD_S, random) * rateHz);
  const phase = 2 * Math.PI * random.uniform();
  const shift = random.uniform() < trouble * SHIFT_SHARE ? between(SHIFT_DEPTHS, random) : 0;
  const shiftAt = random.integer(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const shifted = 1 / (1 + Math.exp((-4 * (i - shiftAt)) / rateHz));
    samples[i]! += trend * i + swell * Math.sin(swellPerSample * i + phase) + shift * shifted;
  }
}

function beat(samples: Float64Array, rateHz: number, random: RandomStream): void {
  const depth = between(HEART_DEPTHS, random);
  const perSample = (2 * Math.PI * between(HEART_PER_MIN, random)) / (60 * rateHz);
  const phase = 2 * Math.PI * random.uniform();
  for (let i = 0; i < samples.length; i++) samples[i]! += depth * Math.sin(perSample * i + phase);
}

function knock(samples: Float64Array, rateHz: number, trouble: number, random: RandomStream): void {
  const clicks = Math.floor(trouble * random.integer(MOST_CLICKS + 1));
  for (let k = 0; k < clicks; k++) samples[random.integer(samples.length)]! += between(CLICK_DEPTHS, random);
  if (random.uniform() >= trouble * KNOCK_SHARE) return;
  const from = random.integer(samples.length);
  const length = Math.ceil(between(KNOCK_S, random) * rateHz);
  const depth = between(KNOCK_DEPTHS, random);
  // Sudden, then dying away.
  for (let i = from; i < Math.min(samples.length, from + length); i++) {
    samples[i]! += depth * (1 - (i - from) / length);
  }
}

function addNoise(samples: Float64Array, trouble: number, random: RandomStream): void {
  const sd = trouble * betweenByRatio(NOISE_DEPTHS, random);
  for (let i = 0; i < samples.length; i++) samples[i]! += sd * random.normal();
}

function inRange(samples: Float64Array, random: RandomStream): Float64Array {
  const sign = random.uniform() < 0.5 ? -1 : 1;
  const span = random.uniform() < FILLS_SCALE_SHARE ? 1 : between([LEAST_SPAN, 1], random);
  const bottom = (1 - span) * random.uniform();
  const signed = samples.map((value) => sign * value);
  const lowest = Math.min(...signed);
  const highest = Math.max(...signed);
  return signed.map((value) => {
    return Math.round(FULL_SCALE * (bottom + (span * (value - lowest)) / (highest - lowest)));
  });
}
