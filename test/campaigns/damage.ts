import type { Seeded } from '../../firmware-bridge/seeded.ts';

/** How a line damages a frame. `join` takes the delimiters from between two frames, and so costs both. */
export const DAMAGES = ['flip', 'cut', 'insert', 'join'] as const;
export type Damage = (typeof DAMAGES)[number];

/**
 * A frame on the wire as it would be after this damage; the delimiters at both ends stay. Each damage changes what
 * stands between them for certain, so whatever is decoded from it is wrong. `next` is the frame joined to it.
 */
export function damaged(wire: Uint8Array, damage: Damage, random: Seeded, next = wire): Uint8Array {
  // Strictly inside: an insertion beside a delimiter would leave the frame whole.
  const at = 2 + below(random, wire.length - 4);
  switch (damage) {
    case 'flip': {
      const flipped = Uint8Array.from(wire);
      flipped[at]! ^= 1 << below(random, 8);
      return flipped;
    }
    case 'cut': {
      const end = Math.min(wire.length - 1, at + 1 + below(random, 20));
      return Uint8Array.from([...wire.subarray(0, at), ...wire.subarray(end)]);
    }
    case 'insert': {
      const put = Array.from({ length: 1 + below(random, 20) }, () => below(random, 256));
      return Uint8Array.from([...wire.subarray(0, at), ...put, ...wire.subarray(at)]);
    }
    case 'join':
      return Uint8Array.from([...wire.subarray(0, -1), ...next.subarray(1)]);
  }
}

/** Uniform in 0 .. limit - 1. */
export const below = (random: Seeded, limit: number): number => Math.floor(random.uniform() * limit);
