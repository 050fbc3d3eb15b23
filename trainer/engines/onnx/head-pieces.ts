import type { GptShape } from '../../../model/shape.ts';

/** Consecutive rows [from, to) of the token table, as a part of the tied head. */
export interface HeadPiece {
  /** Of the graph's input that holds these rows. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Of a piece's gradient, and of the scores of as many rows as the model is wide. Buffers above 32 MB are taken from and given
 * back to the system each time (glibc's largest `M_MMAP_THRESHOLD`), which costs three times what copying into them does.
 */
const MAX_PIECE_BYTES = 26e6;
const FLOAT_BYTES = 4;

/** The token table in as few even pieces as are small enough. */
export function headPieces({ vocab, width }: Pick<GptShape, 'vocab' | 'width'>): HeadPiece[] {
  const count = Math.ceil((vocab * width * FLOAT_BYTES) / MAX_PIECE_BYTES);
  const begin = (piece: number): number => Math.round((piece * vocab) / count);
  return Array.from({ length: count }, (_, i) => ({ name: `head.${i}`, from: begin(i), to: begin(i + 1) }));
}
