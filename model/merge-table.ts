import { Heap } from './heap.ts';

/** Ids stay below this, so that a pair of ids is one exact number, which a Map finds faster than a string. */
export const MAX_VOCAB_SIZE = 2 ** 20;
/** Symbols in one pre-token stay below this, for the same reason: rank and position share one number. */
const MAX_SYMBOLS = 2 ** 32;
/** In place of a symbol that was merged into its left neighbour. */
const GONE = -1;

/** A pair of token ids as one number; orders by the left id, then by the right one. */
export const pairKey = (left: number, right: number): number => left * MAX_VOCAB_SIZE + right;

/** The two ids of a `pairKey`. */
export const pairOf = (key: number): [left: number, right: number] => [
  Math.floor(key / MAX_VOCAB_SIZE),
  key % MAX_VOCAB_SIZE,
];

/** The merges of a byte-pair encoding, in the order they were learnt: the earlier, the lower the rank. */
export class MergeTable {
  readonly #rankOfPair = new Map<number, number>();
  readonly #resultOfRank: number[] = [];

  /** Appends a merge, of higher rank than all before it. Returns false when the pair already has one. */
  append(left: number, right: number, result: number): boolean {
    const key = pairKey(left, right);
    if (this.#rankOfPair.has(key)) return false;
    this.#rankOfPair.set(key, this.#resultOfRank.length);
    this.#resultOfRank.push(result);
    return true;
  }

  /**
   * Merges until no pair of neighbours has a merge: always the pair of lowest rank, the leftmost of equals.
   * `symbols` are the token ids of one pre-token, its bytes at first. O(n log n): a linked list of symbols and a
   * queue of pairs, in which pairs that a merge has destroyed are recognised when they come up.
   *
   * A merge appended later has the highest rank, so it acts only where the earlier ones have come to rest. Hence
   * `apply(apply(symbols))`, with merges appended in between, equals a fresh `apply`: the trainer relies on it.
   */
  apply(symbols: readonly number[]): number[] {
    const ids = [...symbols];
    const end = ids.length;
    const next = ids.map((_, at) => at + 1);
    const previous = ids.map((_, at) => at - 1);
    const queue = new Heap<number>((a, b) => a < b);

    const rankAt = (at: number): number | undefined => {
      const right = next[at]!;
      return right < end ? this.#rankOfPair.get(pairKey(ids[at]!, ids[right]!)) : undefined;
    };
    const offer = (at: number): void => {
      const rank = rankAt(at);
      if (rank !== undefined) queue.push(rank * MAX_SYMBOLS + at);
    };

    for (let at = 0; at < end; at++) offer(at);
    for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
      const rank = Math.floor(entry / MAX_SYMBOLS);
      const at = entry % MAX_SYMBOLS;
      if (ids[at] === GONE || rankAt(at) !== rank) continue;

      const right = next[at]!;
      const afterRight = next[right]!;
      ids[at] = this.#resultOfRank[rank]!;
      ids[right] = GONE;
      next[at] = afterRight;
      if (afterRight < end) previous[afterRight] = at;
      if (previous[at]! >= 0) offer(previous[at]!);
      offer(at);
    }
    return ids.filter((id) => id !== GONE);
  }
}
