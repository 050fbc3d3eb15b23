import { type Figure, figure, type Target } from '../../figures.ts';
import type { Arena, Medians } from '../contest.ts';
import type { GgufType, Variant } from '../models.ts';

/** A figure of ours beside one of llama.cpp's. */
export interface Beside {
  /** What was measured. */
  readonly what: string;
  readonly unit: string;
  readonly variant: Variant;
  readonly ours: number;
  readonly peer: Peer | undefined;
  readonly lessIsBetter?: boolean;
  readonly target?: Target | undefined;
  /** How near ours is to what the machine can do. */
  readonly peak?: string;
  readonly note?: string;
}

export interface Peer {
  readonly type: GgufType;
  readonly value: number;
}

export const besideLlama = (arena: Arena, { what, variant, peer, peak, note, ...measured }: Beside): Figure =>
  figure({
    name: `${arena.size} ${variant}, ${threadsText(arena.threads)}: ${what}`,
    peer: peer?.value,
    ...measured,
    note: [peer && `peer: llama.cpp ${peer.type.toUpperCase()}`, peak, note].filter(Boolean).join('; '),
  });

export const threadsText = (threads: number): string => (threads === 1 ? '1 thread' : `${threads} threads`);

export function peerOf({ llama }: Medians, type: GgufType): Peer | undefined {
  const value = llama[type];
  return value === undefined ? undefined : { type, value };
}

/**
 * The weights that a variant is compared with: those of as many bits; for int8, the variant that serves, whichever quantised
 * ones of llama.cpp's are the best.
 */
export function rivalOf(
  variant: Variant,
  medians: Medians,
  better: 'less' | 'more' = 'less',
): Peer | undefined {
  if (variant !== 'int8') return peerOf(medians, SAME_BITS[variant]);
  const quantised = [peerOf(medians, 'q8_0'), peerOf(medians, 'q4_0')].filter((peer) => peer !== undefined);
  quantised.sort((a, b) => a.value - b.value);
  return better === 'less' ? quantised[0] : quantised.at(-1);
}

const SAME_BITS = { fp32: 'f32', q8: 'q8_0', q4: 'q4_0' } as const;
