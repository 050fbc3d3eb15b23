/** The state from which no text matches any more. It leads to itself alone. */
export const DEAD = 0;
export const BYTES = 256;

/** A deterministic automaton over bytes, plain data that can be sent to a worker. */
export interface ByteDfa {
  /** (states, 256): the state after a byte; `DEAD` where no text of the pattern goes on so. */
  readonly next: Int32Array;
  /** (states): 1 where the text may end. */
  readonly accepts: Uint8Array;
  readonly start: number;
}

/** Does the whole of a text match? */
export function matches({ next, accepts, start }: ByteDfa, bytes: Uint8Array): boolean {
  let state = start;
  for (const byte of bytes) state = next[state * BYTES + byte]!;
  return accepts[state] === 1;
}
