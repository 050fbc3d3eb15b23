import { Heap } from './heap.ts';
import { type MergeTable, pairKey } from './merge-table.ts';

/** A distinct pre-token of the corpus: its ids under the merges so far, and how often it occurs. */
export interface Word {
  ids: readonly number[];
  readonly count: number;
}

/** A pair (`pairKey`) and how often it occurs. */
export interface CountedPair {
  readonly pair: number;
  readonly count: number;
}

/**
 * How often each pair of neighbouring ids occurs in a list of words, kept up to date while the words are merged:
 * a merge costs as much as the words that hold its pair, not as much as the corpus.
 */
export class PairCounts {
  readonly #words: readonly Word[];
  readonly #countOfPair = new Map<number, number>();
  /** Indices of the words that hold a pair, or held it once. */
  readonly #wordsOfPair = new Map<number, number[]>();
  /** Holds every pair at its count or above it; a count that has fallen is put right when it comes up. */
  readonly #queue = new Heap<CountedPair>(
    (a, b) => a.count > b.count || (a.count === b.count && a.pair < b.pair),
  );

  constructor(words: readonly Word[]) {
    this.#words = words;
    for (const [index, word] of words.entries()) {
      for (const pair of pairsOf(word.ids)) {
        this.#change(pair, word.count);
        this.#file(pair, index);
      }
    }
    for (const [pair, count] of this.#countOfPair) this.#queue.push({ pair, count });
  }

  /** The most frequent pair, of equals the one with the lower ids; undefined when every word is in one piece. */
  mostFrequent(): CountedPair | undefined {
    for (let top = this.#queue.peek(); top !== undefined; top = this.#queue.peek()) {
      const count = this.#countOfPair.get(top.pair) ?? 0;
      if (count === top.count) return top;
      this.#queue.pop();
      if (count > 0) this.#queue.push({ pair: top.pair, count });
    }
    return undefined;
  }

  /** Brings the words that hold `pair` up to date with a table to which its merge has just been appended. */
  remerge(pair: number, table: MergeTable): void {
    const countBefore = new Map<number, number>();
    const change = (changed: number, by: number): void => {
      if (!countBefore.has(changed)) countBefore.set(changed, this.#countOfPair.get(changed) ?? 0);
      this.#change(changed, by);
    };
    for (const index of this.#wordsOfPair.get(pair) ?? []) {
      const word = this.#words[index]!;
      const before = pairsOf(word.ids);
      word.ids = table.apply(word.ids);
      for (const gone of before) change(gone, -word.count);
      for (const now of pairsOf(word.ids)) {
        change(now, word.count);
        if (!before.includes(now)) this.#file(now, index);
      }
    }
    this.#wordsOfPair.delete(pair);
    for (const [changed, before] of countBefore) {
      const count = this.#countOfPair.get(changed) ?? 0;
      if (count > before) this.#queue.push({ pair: changed, count });
    }
  }

  #change(pair: number, by: number): void {
    const count = (this.#countOfPair.get(pair) ?? 0) + by;
    if (count === 0) this.#countOfPair.delete(pair);
    else this.#countOfPair.set(pair, count);
  }

  #file(pair: number, index: number): void {
    const indices = this.#wordsOfPair.get(pair);
    if (indices === undefined) this.#wordsOfPair.set(pair, [index]);
    else if (indices.at(-1) !== index) indices.push(index);
  }
}

const pairsOf = (ids: readonly number[]): number[] =>
  ids.slice(1).map((right, at) => pairKey(ids[at]!, right));
