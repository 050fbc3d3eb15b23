import { usageError } from '../../protocols/errors.ts';
import { BYTES, type ByteDfa, DEAD } from './byte-dfa.ts';
import type { ByteNfa } from './byte-nfa.ts';

/** Enough for `.{0,2000}`; `(a|b)*a(a|b){20}` would need two million. */
const MAX_STATES = 25_000;

/**
 * Each set of states in which the other automaton may be after some text becomes one state (Rabin & Scott, 1959).
 *
 * @throws TinyError exit status 2 when there are too many
 */
export function determined(nfa: ByteNfa): ByteDfa {
  const sets: number[][] = [[]]; // the empty set is the dead state
  const stateOf = new Map<string, number>([['', DEAD]]);
  const stateFor = (targets: Iterable<number>): number => {
    const set = reachedFreely(nfa, targets);
    const key = set.join(' ');
    const known = stateOf.get(key);
    if (known !== undefined) return known;
    if (sets.length === MAX_STATES) {
      throw usageError(
        `the pattern has more than ${MAX_STATES} states`,
        'let fewer choices depend on what came long before',
      );
    }
    stateOf.set(key, sets.length);
    return sets.push(set) - 1;
  };
  const start = stateFor([nfa.start]);
  const rows: Int32Array[] = [new Int32Array(BYTES)];
  for (let state = start; state < sets.length; state++) rows.push(rowOf(nfa, sets[state]!, stateFor));
  const next = new Int32Array(rows.length * BYTES);
  for (const [state, row] of rows.entries()) next.set(row, state * BYTES);
  return { next, accepts: Uint8Array.from(sets, (set) => (set.includes(nfa.accept) ? 1 : 0)), start };
}

/** Where each byte leads. All bytes between two ends of ranges lead to the same set, which is asked for once. */
function rowOf(nfa: ByteNfa, set: readonly number[], stateFor: (targets: Set<number>) => number): Int32Array {
  const edges = set.flatMap((state) => nfa.edges[state]!);
  const ends = new Set(edges.flatMap(({ low, high }) => [low, high + 1]));
  const row = new Int32Array(BYTES);
  const cuts = [...ends].sort((a, b) => a - b);
  for (const [i, from] of cuts.slice(0, -1).entries()) {
    const targets = new Set(edges.filter(({ low, high }) => low <= from && from <= high).map(({ to }) => to));
    if (targets.size > 0) row.fill(stateFor(targets), from, cuts[i + 1]!);
  }
  return row;
}

/** Some states and all that can be reached from them without a byte, ascending; only those that read one or accept. */
function reachedFreely(nfa: ByteNfa, from: Iterable<number>): number[] {
  const reached = new Set(from);
  for (const state of reached) for (const to of nfa.jumps[state]!) reached.add(to);
  const matter = [...reached].filter((state) => nfa.edges[state]!.length > 0 || state === nfa.accept);
  return matter.sort((a, b) => a - b);
}
