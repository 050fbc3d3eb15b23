import { TinyError } from '../protocols/errors.ts';
import { BYTES_IN_ID_ORDER, byteToChar } from './byte-alphabet.ts';
import { MergeTable, pairOf } from './merge-table.ts';
import { PairCounts, type Word } from './pair-counts.ts';
import { detached, pretokens } from './pretokens.ts';
import { BpeTokenizer, END_OF_TEXT } from './tokenizer.ts';

/** A text, or a text and how often it stands in the corpus (a positive integer). */
export type CorpusText = string | readonly [text: string, count: number];

export interface TrainBpeOptions {
  /**
   * Tokens wanted in all: 256 bytes, merges, `<|endoftext|>`. Fewer come out when the corpus has no more pairs that
   * repeat. Left out: just the whole words, nothing learnt from the corpus.
   */
  readonly vocabSize?: number;
  /** Pre-tokens (such as ` 17` or ` Tap`) of which each becomes one token. */
  readonly wholeWords?: readonly string[];
}

/** A pair that stands in the corpus only once saves one token, ever: not worth a row of the embedding. */
const MIN_CORPUS_PAIR_COUNT = 2;

/**
 * Trains a byte-level BPE. Ids: the bytes in GPT-2's order, then merges as they were learnt, `<|endoftext|>` last.
 * Deterministic: of pairs that are equally frequent, the one with the smaller left id, then right id, is merged first.
 *
 * Whole words come first: merges are learnt on them alone until each is one token. Every merge learnt after that has
 * a higher rank, so it acts only on pre-tokens the earlier merges have left in several pieces, and a whole word is in
 * one piece by then. That is why the result is an ordinary merge list which still keeps the promise.
 *
 * Throws a `TinyError` for a whole word that is not one pre-token and for a vocabulary too small to hold them.
 *
 * Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units", algorithm 1.
 */
export const trainBpe = (corpus: Iterable<CorpusText>, options: TrainBpeOptions = {}): BpeTokenizer => {
  const vocabulary = new GrowingVocabulary();
  const wholeWords = new Map((options.wholeWords ?? []).map((word) => [requirePretoken(word), 1]));
  vocabulary.learn(wholeWords, { minPairCount: 1, maxSize: Number.POSITIVE_INFINITY });

  const { vocabSize } = options;
  if (vocabSize !== undefined) {
    if (vocabSize < vocabulary.size) {
      throw new TinyError(
        `a vocabulary of ${vocabSize} tokens cannot hold 256 bytes, ${wholeWords.size} whole words and ${END_OF_TEXT}`,
        `set vocabSize to ${vocabulary.size} or more, or ask for fewer whole words`,
      );
    }
    vocabulary.learn(countPretokens(corpus), { minPairCount: MIN_CORPUS_PAIR_COUNT, maxSize: vocabSize });
  }
  return vocabulary.finish();
};

/** The 256 bytes and the merges learnt so far. */
class GrowingVocabulary {
  readonly #tokens = BYTES_IN_ID_ORDER.map(byteToChar);
  readonly #idOfToken = new Map(this.#tokens.map((token, id) => [token, id]));
  readonly #merges: [left: string, right: string][] = [];
  readonly #table = new MergeTable();

  /** Tokens, `<|endoftext|>` included. */
  get size(): number {
    return this.#tokens.length + 1;
  }

  /** Merges the most frequent pair of these words, again and again, until nothing is left to merge or the size is reached. */
  learn(countOfWord: ReadonlyMap<string, number>, until: { minPairCount: number; maxSize: number }): void {
    const words = [...countOfWord].map(([word, count]): Word => ({ ids: this.#encode(word), count }));
    const pairs = new PairCounts(words);
    while (this.size < until.maxSize) {
      const best = pairs.mostFrequent();
      if (best === undefined || best.count < until.minPairCount) return;
      this.#append(...pairOf(best.pair));
      pairs.remerge(best.pair, this.#table);
    }
  }

  finish(): BpeTokenizer {
    return new BpeTokenizer({ tokens: [...this.#tokens, END_OF_TEXT], merges: this.#merges });
  }

  #encode(word: string): number[] {
    return this.#table.apply(Array.from(Buffer.from(word), (byte) => this.#idOfToken.get(byteToChar(byte))!));
  }

  /** Two pairs can spell the same token (`a` + `bc`, `ab` + `c`): the second merge then leads to the first one's id. */
  #append(leftId: number, rightId: number): void {
    const left = this.#tokens[leftId]!;
    const right = this.#tokens[rightId]!;
    const token = left + right;
    const id = this.#idOfToken.get(token) ?? this.#tokens.push(token) - 1;
    this.#idOfToken.set(token, id);
    this.#merges.push([left, right]);
    this.#table.append(leftId, rightId, id);
  }
}

const requirePretoken = (word: string): string => {
  const pieces = pretokens(word);
  if (pieces.length === 1) return word;
  throw new TinyError(
    `${JSON.stringify(word)} cannot become one token: GPT-2's split pattern cuts it into ${pieces.length} parts` +
      (pieces.length === 0 ? '' : ` (${pieces.map((piece) => JSON.stringify(piece)).join(', ')})`),
    'a whole word is letters only, digits only, or other characters only, with at most one space before them',
  );
};

const countPretokens = (corpus: Iterable<CorpusText>): Map<string, number> => {
  const countOfWord = new Map<string, number>();
  for (const entry of corpus) {
    const [text, count] = typeof entry === 'string' ? [entry, 1] : entry;
    for (const pretoken of pretokens(text)) {
      const known = countOfWord.get(pretoken);
      if (known === undefined) countOfWord.set(detached(pretoken), count);
      else countOfWord.set(pretoken, known + count);
    }
  }
  return countOfWord;
};
