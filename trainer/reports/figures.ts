import type { Interval } from '../metrics.ts';

// Figures as people read them.

/** Between a number and its unit no line ends. */
const NBSP = '\u00a0';

export const percent = (share: number): string => `${(100 * share).toFixed(1)}${NBSP}%`;

export const wholePercent = (share: number): string => `${Math.round(100 * share)}${NBSP}%`;

export const percentInterval = ([low, high]: Interval): string =>
  `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}${NBSP}%`;

/** A difference of shares, in points of percent. */
export const points = (difference: number): string =>
  `${difference > 0 ? '+' : ''}${(100 * difference).toFixed(1)}`;

/** An error in its number's unit: three digits. */
export const errorText = (value: number): string => value.toPrecision(3);

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1)}${NBSP}MB`;

export const count = (n: number): string => n.toLocaleString('en-GB');

export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`;

/** A value beside an axis: three digits, without noise at the end. */
export const tickText = (value: number): string => String(Number(value.toPrecision(3)));

export function duration(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(0)}${NBSP}s`;
  return seconds < 100 * 60
    ? `${(seconds / 60).toFixed(1)}${NBSP}min`
    : `${(seconds / 3600).toFixed(1)}${NBSP}h`;
}
