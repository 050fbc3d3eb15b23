import type { GptShape } from '../../../model/shape.ts';

/** Consecutive rows [from, to) of the token table, as a part of the tied head. */
export interface HeadPiece {
  /** Of the graph's input that holds these rows. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Of a piece of the table, and of its gradient: what a core's second-level cache holds, for a product that adds up a gradient
 * goes over it many times. Buffers of more than 32 MB would also be taken from the system and given back each time
 * (glibc's largest `M_MMAP_THRESHOLD`), which costs more than copying into them.
 */
const MAX_PIECE_BYTES = 2e6;
const FLOAT_BYTES = 4;

/** The token table in as few even pieces as are small enough. */
export function headPieces({ vocab, width }: Pick<GptShape, 'vocab' | 'width'>): HeadPiece[] {
  const count = Math.ceil((vocab * width * FLOAT_BYTES) / MAX_PIECE_BYTES);
  const begin = (piece: number): number => Math.round((piece * vocab) / count);
  return Array.from({ length: count }, (_, i) => ({ name: `head.${i}`, from: begin(i), to: begin(i + 1) }));
}
