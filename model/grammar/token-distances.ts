import { BYTES, type ByteDfa, DEAD } from './byte-dfa.ts';
import { type TokenTrie, walk } from './token-trie.ts';

/** How many bytes at least are missing at each state to a text that matches; Infinity at `DEAD`. */
export function bytesToAccept(dfa: ByteDfa): Float64Array {
  const before = Array.from(dfa.accepts, () => new Set<number>());
  for (let state = 0; state < dfa.accepts.length; state++) {
    for (const after of nextBytes(dfa, state)) before[after]!.add(state);
  }
  return leastSteps(dfa.accepts, before);
}

/**
 * The same in tokens. A token is one byte or more and every byte is a token, so it is never more than `bytes`, and the same
 * where that is 0 or 1; from the other states all tokens are tried, which takes up to a few milliseconds each.
 */
export function tokensToAccept(dfa: ByteDfa, trie: TokenTrie, bytes: Float64Array): Float64Array {
  const before = Array.from(dfa.accepts, () => new Set<number>());
  for (let state = 0; state < dfa.accepts.length; state++) {
    const add = (after: number): unknown => before[after]!.add(state);
    if (bytes[state]! > 1) walk(trie, dfa, state, (_, after) => add(after));
    else for (const after of nextBytes(dfa, state)) add(after);
  }
  return leastSteps(dfa.accepts, before);
}

/** The states one byte on. */
function nextBytes({ next }: ByteDfa, state: number): Set<number> {
  const after = new Set(next.subarray(state * BYTES, (state + 1) * BYTES));
  after.delete(DEAD);
  return after;
}

/** Breadth first, backwards from the accepting states. */
function leastSteps(accepts: Uint8Array, before: readonly ReadonlySet<number>[]): Float64Array {
  const steps = new Float64Array(accepts.length).fill(Number.POSITIVE_INFINITY);
  const reached: number[] = [];
  for (const [state, accepting] of accepts.entries()) {
    if (!accepting) continue;
    steps[state] = 0;
    reached.push(state);
  }
  for (const state of reached) {
    for (const earlier of before[state]!) {
      if (steps[earlier] !== Number.POSITIVE_INFINITY) continue;
      steps[earlier] = steps[state]! + 1;
      reached.push(earlier);
    }
  }
  return steps;
}
