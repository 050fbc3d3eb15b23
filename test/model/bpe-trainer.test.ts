import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { trainBpe } from '../../model/bpe-trainer.ts';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import { formatTokenizerJson } from '../../model/tokenizer-json.ts';
import { TinyError } from '../../protocols/errors.ts';
import { seededRandom } from '../fixtures/tokenizer/random-texts.ts';

const BYTES_AND_END = 257;

const tokensOf = ({ vocabulary }: BpeTokenizer): readonly string[] => vocabulary.tokens.slice(256, -1);
const mergesOf = ({ vocabulary }: BpeTokenizer): string[] => vocabulary.merges.map((pair) => pair.join(' '));

/** The words that are not one token, by our encoder or by Hugging Face's. */
const splitWords = (tokenizer: BpeTokenizer, words: readonly string[]): string[] => {
  const peer = new HuggingFaceTokenizer(JSON.parse(formatTokenizerJson(tokenizer)), {});
  return words.filter(
    (word) =>
      tokenizer.encode(word).length !== 1 ||
      peer.encode(word, { add_special_tokens: false }).ids.length !== 1,
  );
};

const randomWord = (random: () => number, alphabet: string, maxLength: number): string =>
  Array.from(
    { length: 1 + Math.floor(random() * maxLength) },
    () => alphabet[Math.floor(random() * alphabet.length)],
  ).join('');

describe('merges', () => {
  it('the most frequent pair first, by the counts of the texts', () => {
    const trained = trainBpe([['ab', 2], ['cd', 5], 'cd ab'], { vocabSize: BYTES_AND_END + 2 });
    expect(mergesOf(trained)).toEqual(['c d', 'a b']);
  });

  it('of equally frequent pairs the one with the lower ids', () => {
    const trained = trainBpe(
      [
        ['zz', 3],
        ['ba', 3],
        ['bA', 3],
      ],
      { vocabSize: BYTES_AND_END + 3 },
    );
    expect(mergesOf(trained)).toEqual(['b A', 'b a', 'z z']);
  });

  it('on the words of Sennrich et al. 2016, section 3.2', () => {
    const corpus = [
      ['low', 5],
      ['lower', 2],
      ['newest', 6],
      ['widest', 3],
    ] as const;
    const trained = trainBpe(corpus, { vocabSize: BYTES_AND_END + 6 });
    expect(mergesOf(trained)).toEqual(['e s', 'es t', 'l o', 'lo w', 'e w', 'n ew']);
  });

  it('stay within a pre-token', () => {
    const trained = trainBpe([['go! go! go!', 9]], { vocabSize: 400 });
    expect(tokensOf(trained)).toEqual(['go', 'Ġgo']);
  });

  it('stop when no pair repeats', () => {
    expect(trainBpe(['abcdef'], { vocabSize: 1000 }).vocabSize).toBe(BYTES_AND_END);
  });

  it('fill the vocabulary exactly', () => {
    const random = seededRandom(3);
    const corpus = Array.from({ length: 400 }, () => [randomWord(random, 'abcdefgh', 9), 2] as const);
    expect(trainBpe(corpus, { vocabSize: 500 }).vocabSize).toBe(500);
  });

  it('equal those of a trainer that counts all pairs anew for every merge', () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = seededRandom(seed);
      const words = Array.from({ length: 60 }, () => randomWord(random, 'aab', 12));
      expect(mergesOf(trainBpe(words, { vocabSize: 300 }))).toEqual(naiveMerges(words, 300));
    }
  });
});

describe('whole words', () => {
  const levels = Array.from({ length: 240 }, (_, level) => ` ${level}`);
  const labels = [' Tap', ' Hold', ' Swipe', ' freestyle', ' breaststroke', ' backstroke', ' butterfly'];

  it('are one token each, with hardly a token to spare', () => {
    const trained = trainBpe([], { wholeWords: levels });
    expect(splitWords(trained, levels)).toEqual([]);
    expect(trained.vocabSize).toBe(BYTES_AND_END + levels.length);
  });

  it('need no more tokens than merging each label byte by byte would', () => {
    const words = [...levels, ...labels];
    const trained = trainBpe([], { wholeWords: words });
    expect(splitWords(trained, words)).toEqual([]);
    const labelMerges = labels.reduce((sum, label) => sum + label.length - 1, 0);
    expect(trained.vocabSize).toBeLessThanOrEqual(BYTES_AND_END + levels.length + labelMerges);
  });

  it('stay one token when the corpus has other habits', () => {
    const corpus = [['Tape Taper apt 23 39 239239 old holder', 1000]] as const;
    const words = [...levels, ...labels];
    const trained = trainBpe(corpus, { vocabSize: 700, wholeWords: words });
    expect(splitWords(trained, words)).toEqual([]);
    expect(trained.encode(' holder')).toHaveLength(1);
  });

  it.each([
    [['abc', 'bcd', 'ab', 'cab', 'bc', 'abcd', 'dabc']],
    [['a', 'aa', 'aaa', 'aaaa', 'aaaaa', 'aaaaaaa', 'baaa', 'aaab', 'baaaab']],
    [['aba', 'bab', 'abab', 'babab', 'baba', 'ab', 'ba']],
    [['über', ' über', 'rebü', '日本', '本日', '👋👋👋', '👋']],
    [['!?', '?!', '!?!', ' ?!?', '\n', '\n\n', '  ']],
  ])('are one token each though they overlap: %j', (words) => {
    const trained = trainBpe([], { wholeWords: words });
    expect(splitWords(trained, words)).toEqual([]);
  });

  it('are one token each in random sets over a small alphabet, whatever the corpus', () => {
    for (let seed = 0; seed < 40; seed++) {
      const random = seededRandom(seed);
      const words = Array.from({ length: 40 }, () => randomWord(random, 'abc', 9));
      const corpus = Array.from({ length: 40 }, () => randomWord(random, 'abc', 14));
      const trained = trainBpe(corpus, { vocabSize: 600, wholeWords: words });
      expect(splitWords(trained, words), `seed ${seed}`).toEqual([]);
      expect(new Set(mergesOf(trained)).size).toBe(trained.vocabulary.merges.length);
    }
  });

  it.each(['two words', "it's", '12a', 'a ', '  a', ''])('refuses %j, which is not one pre-token', (word) => {
    expect(() => trainBpe([], { wholeWords: [word] })).toThrow(TinyError);
  });

  it('refuses a vocabulary that is too small for them, and says how large it must be', () => {
    const train = () => trainBpe([], { vocabSize: 300, wholeWords: levels });
    expect(train).toThrow(TinyError);
    expect(() => trainBpe([], { vocabSize: BYTES_AND_END + 240, wholeWords: levels })).not.toThrow();
  });
});

/** Algorithm 1 of the paper, word for word: slow, and with nothing in common with the trainer's book-keeping. */
const naiveMerges = (words: readonly string[], vocabSize: number): string[] => {
  let pieces = words.map((word) => [...word]);
  const order = ['a', 'b']; // tokens in order of id
  const merges: string[] = [];
  while (BYTES_AND_END - 2 + order.length < vocabSize) {
    const counts = new Map<string, number>();
    for (const word of pieces) {
      word.slice(1).forEach((right, at) => {
        const pair = `${word[at]} ${right}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      });
    }
    const rank = (pair: string): number[] => pair.split(' ').map((token) => order.indexOf(token));
    const [best] = [...counts].sort(
      ([a, countA], [b, countB]) => countB - countA || rank(a)[0]! - rank(b)[0]! || rank(a)[1]! - rank(b)[1]!,
    );
    if (best === undefined || best[1] < 2) break;
    const [left, right] = best[0].split(' ') as [string, string];
    merges.push(best[0]);
    if (!order.includes(left + right)) order.push(left + right);
    pieces = pieces.map((word) => {
      const merged: string[] = [];
      for (let at = 0; at < word.length; at++) {
        if (word[at] === left && word[at + 1] === right) merged.push(left + word[++at]);
        else merged.push(word[at]!);
      }
      return merged;
    });
  }
  return merges;
};
