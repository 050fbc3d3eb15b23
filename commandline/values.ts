import { nearest } from '../protocols/nearest.ts';

/**
 * What a flag's value may be. Each reader turns the words given into a typed value, or throws a `BadValue` that
 * says what would have been right; `parseFlags` adds the flag's name.
 */

/**
 * The value does not have the form its flag wants; `expected` completes "wants ...", `meant` is what would have been
 * right instead.
 */
export class BadValue extends Error {
  constructor(
    readonly expected: string,
    readonly meant?: string,
  ) {
    super(`wants ${expected}`);
  }
}

/** Any text. */
export const readText = (text: string): string => text;

/** A whole number between `min` and `max`, both included. */
export const readInteger =
  ({ min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: Bounds = {}) =>
  (text: string): number => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new BadValue(`a whole number${described(min, max)}`);
  };

/** A number such as `0.8` or `3e-4`, between `min` and `max`, both included. */
export const readNumber =
  ({ min = -Number.MAX_VALUE, max = Number.MAX_VALUE }: Bounds = {}) =>
  (text: string): number => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new BadValue(`a number${described(min, max)}`);
  };

/** One of a few words. */
export const readChoice =
  <const Choice extends string>(choices: readonly Choice[]) =>
  (text: string): Choice => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice !== undefined) return choice;
    throw new BadValue(`one of ${choices.join(', ')}`, closestChoice(text, choices));
  };

/** Nothing but a choice will do, so there is always one to offer: at worst the first. */
const closestChoice = (text: string, choices: readonly string[]): string | undefined =>
  nearest(text, choices) ?? choices.find((choice) => choice[0] === text[0]) ?? choices[0];

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A duration with its unit, such as `250ms`, `20s`, `1.5h` or `1h30m`, in milliseconds. */
export function readDurationMs(text: string): number {
  const part = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
  if (!new RegExp(`^(?:${part.source})+$`).test(text)) {
    throw new BadValue('a duration such as 20s, 5m or 1h30m');
  }
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(part)) totalMs += Number(amount) * UNIT_MS[unit!]!;
  return totalMs;
}

/** Whole numbers from `first` to `last`, both included. */
export interface IntegerRange {
  readonly first: number;
  readonly last: number;
}

/** A range such as `-5..5`; a single number is a range of one. */
export function readRange(text: string): IntegerRange {
  const [, from, to = from] = /^([+-]?\d+)(?:\.\.([+-]?\d+))?$/.exec(text) ?? [];
  const range = { first: Number(from), last: Number(to) };
  if (from !== undefined && range.first <= range.last) return range;
  throw new BadValue('a range such as -5..5');
}

export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

function described(min: number, max: number): string {
  const low = Math.abs(min) >= Number.MAX_SAFE_INTEGER ? undefined : min;
  const high = Math.abs(max) >= Number.MAX_SAFE_INTEGER ? undefined : max;
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  if (low !== undefined) return ` of at least ${low}`;
  return high === undefined ? '' : ` of at most ${high}`;
}
