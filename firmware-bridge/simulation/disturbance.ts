import type { Recording } from '../../protocols/recording.ts';
import type { Seeded } from '../seeded.ts';

/** What goes wrong between a sensor and its host; none of it when 0. */
export interface Disturbances {
  /** Standard deviation of Gaussian noise on each value, as a share of its channel's own. */
  readonly noise: number;
  /** Share of messages that nobody gets, though they are numbered. */
  readonly loss: number;
  /** Share of messages whose bytes are damaged on the way. */
  readonly damage: number;
  /** Messages are held up by up to so much; their order stays. */
  readonly jitterMs: number;
  /** How much faster than true time the board's crystal runs, in parts per million. */
  readonly driftPpm: number;
}

export const NO_DISTURBANCES: Disturbances = { noise: 0, loss: 0, damage: 0, jitterMs: 0, driftPpm: 0 };

/** What a line may do to the bytes of a message. */
export const DAMAGES = ['flip', 'cut', 'insert', 'join'] as const;

/**
 * The bytes of one message, delimiters included, as a bad line delivers them: a bit flipped, a piece cut out, a byte
 * put in, or the end missing, so that it is joined to the message after it.
 */
export function damaged(bytes: Uint8Array, random: Seeded): Uint8Array {
  const at = Math.floor(random.between(0, bytes.length));
  switch (DAMAGES[Math.floor(random.between(0, DAMAGES.length))]!) {
    case 'flip': {
      const flipped = Uint8Array.from(bytes);
      flipped[at]! ^= 1 << Math.floor(random.between(0, 8));
      return flipped;
    }
    case 'cut':
      return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + Math.floor(random.between(0, 8))));
    case 'insert':
      return joined(bytes.subarray(0, at), [Math.floor(random.between(0, 256))], bytes.subarray(at));
    case 'join':
      return bytes.subarray(0, -1);
  }
}

const joined = (...parts: readonly ArrayLike<number>[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => Array.from(part)));

/** The standard deviation of each channel over all recordings; 0 where it was never measured. */
export function spreads(recordings: readonly Recording[]): Map<string, number> {
  const sums = new Map<string, { n: number; sum: number; squares: number }>();
  for (const { channels, values } of recordings) {
    for (const [i, value] of values.entries()) {
      if (Number.isNaN(value)) continue;
      const channel = channels[i % channels.length]!;
      const before = sums.get(channel) ?? { n: 0, sum: 0, squares: 0 };
      sums.set(channel, {
        n: before.n + 1,
        sum: before.sum + value,
        squares: before.squares + value * value,
      });
    }
  }
  return new Map(
    [...sums].map(([channel, { n, sum, squares }]) => [
      channel,
      Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2)),
    ]),
  );
}

/** A draw of the standard normal distribution (Box and Muller, 1958). */
export const gaussian = (random: Seeded): number =>
  Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
