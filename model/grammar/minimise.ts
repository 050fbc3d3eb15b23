import { BYTES, type ByteDfa, DEAD } from './byte-dfa.ts';
import { Partition } from './partition.ts';

/**
 * The least automaton for the same texts: states from which the same texts match become one. All dead ends become `DEAD`.
 * States are numbered in the order in which a search from the start meets them.
 *
 * Source: Hopcroft, "An n log n Algorithm for Minimizing States in a Finite Automaton", 1971.
 */
export function minimal(dfa: ByteDfa): ByteDfa {
  const { blockOf } = equivalent(dfa);
  const numberOf = new Map([[blockOf[DEAD]!, DEAD]]);
  const members = [DEAD]; // one old state for each new one
  const numberFor = (old: number): number => {
    const block = blockOf[old]!;
    const known = numberOf.get(block);
    if (known !== undefined) return known;
    numberOf.set(block, members.length);
    return members.push(old) - 1;
  };
  const start = numberFor(dfa.start);
  const rows: Int32Array[] = [];
  for (let state = 0; state < members.length; state++) {
    const from = members[state]! * BYTES;
    rows.push(dfa.next.subarray(from, from + BYTES).map(numberFor));
  }
  const next = new Int32Array(rows.length * BYTES);
  for (const [state, row] of rows.entries()) next.set(row, state * BYTES);
  return { next, accepts: Uint8Array.from(members, (old) => dfa.accepts[old]!), start };
}

/** The states in blocks of which each has the same texts ahead. */
function equivalent(dfa: ByteDfa): Partition {
  const states = dfa.accepts.length;
  const partition = new Partition(states);
  for (let state = 0; state < states; state++) if (dfa.accepts[state]) partition.mark(state);
  partition.split();
  const before = distinctBytes(dfa).map((byte) => predecessors(dfa, byte));
  const waiting = new Set(partition.blockOf);
  for (const block of waiting) {
    waiting.delete(block);
    const members = partition.members(block);
    for (const { offsets, sources } of before) {
      for (const member of members) {
        for (let i = offsets[member]!; i < offsets[member + 1]!; i++) partition.mark(sources[i]!);
      }
      for (const [split, added] of partition.split()) {
        const isSmaller = partition.size(added) <= partition.size(split);
        waiting.add(waiting.has(split) || isSmaller ? added : split);
      }
    }
  }
  return partition;
}

/** One byte of each set of bytes that lead to the same state from everywhere. */
function distinctBytes({ next, accepts }: ByteDfa): number[] {
  let classOf = new Int32Array(BYTES);
  let classes = 1;
  for (let state = 0; state < accepts.length && classes < BYTES; state++) {
    const known = new Map<number, number>();
    classOf = classOf.map((old, byte) => {
      const key = old * accepts.length + next[state * BYTES + byte]!;
      if (!known.has(key)) known.set(key, known.size);
      return known.get(key)!;
    });
    classes = known.size;
  }
  return [...new Set(classOf)].map((own) => classOf.indexOf(own));
}

/** Who comes to each state by a byte: `sources` from `offsets[state]` to `offsets[state + 1]`. */
function predecessors(
  { next, accepts }: ByteDfa,
  byte: number,
): { offsets: Int32Array; sources: Int32Array } {
  const states = accepts.length;
  const offsets = new Int32Array(states + 1);
  for (let state = 0; state < states; state++) offsets[next[state * BYTES + byte]! + 1]!++;
  for (let state = 0; state < states; state++) offsets[state + 1]! += offsets[state]!;
  const filled = offsets.slice();
  const sources = new Int32Array(states);
  for (let state = 0; state < states; state++) sources[filled[next[state * BYTES + byte]!]!++] = state;
  return { offsets, sources };
}
