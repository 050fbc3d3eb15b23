import type { WindowLength } from '../../protocols/prompt.ts';
import type { GptShape } from '../shape.ts';

/** A run of one row takes another matrix kernel with other rounding: never fewer than two rows. */
export const MIN_RUN_TOKENS = 2;
/**
 * Where a window's length is not known beforehand: large enough to be cheap, small enough that little is left when the last
 * token comes.
 */
const UNPLANNED_CHUNK_TOKENS = 32;

/** Fewer, and reading the weights costs more than computing with them. */
const FEWEST_AT_ONCE = 32;
/** More gain nothing. Against it 64 cost 6 % (fp32) and 8 to 11 % (int8) more a token (30M), 32 cost 12 % more (124M, int8). */
const MOST_AT_ONCE = 128;
/** 64 tokens of the 30M preset: about 7 ms of one x86 core with VNNI. */
const PRODUCTS_AT_ONCE = 64 * 12 * 6 * 384 ** 2;

/**
 * How many tokens a model reads in one run at most while windows fill. A run cannot be interrupted: whoever's last row comes
 * meanwhile waits until it is over.
 */
export function mostTokensAtOnce({ layers, width }: GptShape): number {
  const productsOfToken = 12 * layers * width ** 2; // of its matrices: 4 width^2 attention, 8 width^2 MLP
  const tokens = even(PRODUCTS_AT_ONCE / productsOfToken);
  return Math.min(Math.max(tokens, FEWEST_AT_ONCE), MOST_AT_ONCE);
}

/** Of a large model, so long before the last row is read in a run of its own. */
const LAST_EARLY_TOKENS = 8;

/**
 * How many tokens are read in a run of their own as soon as the row before the last one is there; 0: as many as in any other
 * run. A large model would still be reading a longer run when the last row comes (124M: 40 ms for 64 tokens on one x86 core, 12
 * for the few of a last row), and a small one loses more by one run more.
 */
function lastEarlyTokens(shape: GptShape): number {
  return mostTokensAtOnce(shape) === FEWEST_AT_ONCE ? LAST_EARLY_TOKENS : 0;
}

/** The plan of a model's windows; of a length that is not known beforehand, without `window`. */
export const chunkPlan = (shape: GptShape, window?: WindowLength): ChunkPlan =>
  new ChunkPlan(mostTokensAtOnce(shape), window, lastEarlyTokens(shape));

/** How far a window has come. */
export interface Progress {
  /** Tokens that the model has read. */
  readonly read: number;
  /** Tokens that have come and wait to be read. */
  readonly waiting: number;
  /** Whether all of them are there. */
  readonly isComplete: boolean;
  /** Whether other windows still fill, whose last rows would have to wait for a long run. */
  readonly othersFill: boolean;
}

/**
 * In which runs a window is read, so that little is left to do when its last sample comes and no run is long.
 *
 * Where the number of tokens is known, those that do not come with the last row are read in as few runs of equal size as the
 * limit allows, the last of them, which may be short, as soon as the row before the last one is there. All else is read with the
 * answers.
 *
 * Every chunk is even: the kernels of 4-bit and 8-bit blocks take rows in pairs (see quantize.ts).
 */
export class ChunkPlan {
  readonly #limit: number;
  readonly #lastEarly: number;
  /** Tokens that are read before the last row comes; 0 where that is not known. */
  readonly #early: number;
  /** Tokens that are read with the answers; 0 where that is not known. */
  readonly #late: number;

  /**
   * @param limit of a run while windows fill, in tokens; even
   * @param lastEarly of the last run before the last row comes; even, 0 where it is like the others
   */
  constructor(limit: number, window?: WindowLength, lastEarly = 0) {
    this.#limit = limit;
    this.#lastEarly = lastEarly;
    const late = Math.max(window?.withLastRow ?? 0, MIN_RUN_TOKENS);
    this.#early = window ? Math.max(0, even(window.tokens - late)) : 0;
    this.#late = window ? window.tokens - this.#early : 0;
  }

  /** How many tokens to read now by themselves. 0: wait for more or, when the window is complete, read the rest with the answers. */
  chunk({ read, waiting, isComplete, othersFill }: Progress): number {
    if (isComplete) {
      const limit = othersFill ? this.#limit : MOST_AT_ONCE;
      // Rather one run that is a little longer than one more.
      return waiting > limit + this.#late ? share(waiting, limit) : 0;
    }
    const early = this.#early - read;
    const size = early > 0 ? this.#earlyChunk(early) : UNPLANNED_CHUNK_TOKENS;
    if (early > 0) return waiting >= size ? size : 0;
    const isWithinPlan = read + waiting <= this.#early + this.#late;
    return !isWithinPlan && waiting >= size + MIN_RUN_TOKENS ? size : 0;
  }

  /** Tokens that are still to come before the window is complete; 0 where that is not known. */
  toCome({ read, waiting }: Pick<Progress, 'read' | 'waiting'>): number {
    return Math.max(0, this.#early + this.#late - read - waiting);
  }

  /** The next run of those before the last row, of which so many tokens are left. */
  #earlyChunk(left: number): number {
    return left > this.#lastEarly ? share(left - this.#lastEarly, this.#limit) : left;
  }
}

/** The first of as few parts of nearly equal, even size as are within the limit. */
function share(tokens: number, limit: number): number {
  const parts = Math.ceil(tokens / limit);
  return 2 * Math.ceil(tokens / parts / 2);
}

const even = (tokens: number): number => 2 * Math.floor(tokens / 2);
