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
    for (const [index, word] of words.entries()) this.#add(index, word.ids, word.count);
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
    const grown = new Set<number>();
    for (const index of new Set(this.#wordsOfPair.get(pair))) {
      const word = this.#words[index]!;
      const merged = table.apply(word.ids);
      if (merged.length === word.ids.length) continue; // it lost the pair to an earlier merge
      this.#add(index, word.ids, -word.count);
      for (const changed of this.#add(index, merged, word.count)) grown.add(changed);
      word.ids = merged;
    }
    this.#wordsOfPair.delete(pair);
    for (const changed of grown) {
      const count = this.#countOfPair.get(changed) ?? 0;
      if (count > 0) this.#queue.push({ pair: changed, count });
    }
  }

  /** Counts a word's pairs `count` times; returns them. A negative count takes them away. */
  #add(index: number, ids: readonly number[], count: number): number[] {
    const pairs: number[] = [];
    for (let at = 0; at + 1 < ids.length; at++) {
      const pair = pairKey(ids[at]!, ids[at + 1]!);
      const total = (this.#countOfPair.get(pair) ?? 0) + count;
      if (total === 0) this.#countOfPair.delete(pair);
      else this.#countOfPair.set(pair, total);
      pairs.push(pair);
      if (count < 0) continue;
      const holders = this.#wordsOfPair.get(pair);
      if (holders === undefined) this.#wordsOfPair.set(pair, [index]);
      else if (holders.at(-1) !== index) holders.push(index);
    }
    return pairs;
  }
}
