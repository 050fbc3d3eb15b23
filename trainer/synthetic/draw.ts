import type { RandomStream } from '../../model/random.ts';

/** The bounds of a prior. */
export type Range = readonly [low: number, high: number];

/** Uniform between two bounds. */
export const between = ([low, high]: Range, random: RandomStream): number =>
  low + (high - low) * random.uniform();

/** Between two positive bounds, uniform in the logarithm: a doubling counts the same everywhere. */
export const betweenByRatio = ([low, high]: Range, random: RandomStream): number =>
  low * (high / low) ** random.uniform();
