import { readFileSync } from 'node:fs';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { Tiktoken } from 'js-tiktoken/lite';
import gpt2Ranks from 'js-tiktoken/ranks/gpt2';
import { describe, expect, it } from 'vitest';
import { trainBpe } from '../../model/bpe-trainer.ts';
import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import { BpeTokenizer, END_OF_TEXT } from '../../model/tokenizer.ts';
import { formatTokenizerJson, parseTokenizerJson } from '../../model/tokenizer-json.ts';
import { prunedGpt2 } from '../fixtures/tokenizer/pruned-gpt2.ts';
import { randomTexts } from '../fixtures/tokenizer/random-texts.ts';
import { nastyTexts, smallCorpus, smallVocabSize, smallWholeWords } from '../fixtures/tokenizer/texts.ts';

const fixture = (file: string): string =>
  readFileSync(new URL(`../fixtures/tokenizer/${file}`, import.meta.url), 'utf8');

const goldenCases = (file: string): { text: string; ids: number[] }[] => JSON.parse(fixture(file)).cases;

const gpt2 = gpt2Tokenizer();
const small = parseTokenizerJson(fixture('small.tokenizer.json'));
const tokenizers = { gpt2, small };

/** What UTF-8 can hold of a text: lone surrogates become U+FFFD. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

describe('token ids', () => {
  for (const [name, tokenizer] of Object.entries(tokenizers)) {
    const cases = goldenCases(`${name}.golden.json`);

    it(`${name}: the golden texts are the nasty texts`, () => {
      expect(cases.map(({ text }) => text)).toEqual(nastyTexts);
    });

    it.each(cases)(`${name}: golden ids of $text`, ({ text, ids }) => {
      expect(tokenizer.encode(text)).toEqual(ids);
    });
  }

  it('gpt2: equal to js-tiktoken on random texts', () => {
    const tiktoken = new Tiktoken(gpt2Ranks);
    for (const text of randomTexts(300)) expect(gpt2.encode(text)).toEqual(tiktoken.encode(text, [], []));
  });

  for (const [name, tokenizer] of Object.entries({ ...tokenizers, prunedGpt2: prunedGpt2() })) {
    it(`${name}: Hugging Face gives equal ids with the tokenizer.json we write`, () => {
      const peer = new HuggingFaceTokenizer(JSON.parse(formatTokenizerJson(tokenizer)), {});
      for (const text of [...nastyTexts, ...randomTexts(200)]) {
        const ids = peer.encode(text, { add_special_tokens: false }).ids;
        // Hugging Face finds special tokens in any text; we do so only when asked.
        expect(tokenizer.encode(text, { parseSpecial: true }), JSON.stringify(text)).toEqual(ids);
      }
    });
  }

  it('gpt2: white space is what Unicode says, not what JavaScript says', () => {
    // Ids from Hugging Face's tokenizers 0.23.2 (Rust); its JavaScript edition and js-tiktoken use \\s here.
    expect(gpt2.encode('a\u0085 b')).toEqual([64, 126, 227, 275]);
    expect(gpt2.encode('a \ufeff\ufeffb')).toEqual([64, 27332, 119, 123, 171, 119, 123, 65]);
  });

  it('gpt2: each of " 0".." 361" is one token, " 362" is not', () => {
    const lengths = Array.from({ length: 362 }, (_, value) => gpt2.encode(` ${value}`).length);
    expect(lengths).toEqual(new Array(362).fill(1));
    expect(gpt2.encode(' 362')).toHaveLength(2);
  });

  it('gpt2: size and special token', () => {
    expect([gpt2.vocabSize, gpt2.endOfText]).toEqual([50257, 50256]);
  });
});

describe('encode', () => {
  it('makes the special token out of text only when asked', () => {
    const text = `one${END_OF_TEXT}two${END_OF_TEXT}`;
    expect(gpt2.encode(text)).not.toContain(gpt2.endOfText);
    expect(gpt2.encode(text, { parseSpecial: true })).toEqual([
      ...gpt2.encode('one'),
      gpt2.endOfText,
      ...gpt2.encode('two'),
      gpt2.endOfText,
    ]);
  });

  it('gives the same ids again when they come from the cache', () => {
    const fresh = parseTokenizerJson(fixture('small.tokenizer.json'));
    const ids = fresh.encode('wrist wrist turns');
    ids.fill(-1);
    expect(fresh.encode('wrist wrist turns')).toEqual(small.encode('wrist wrist turns'));
  });

  it('merges a pre-token of 200,000 symbols, which only works when the merge is not quadratic', () => {
    const text = 'ab'.repeat(100_000);
    expect(gpt2.decode(gpt2.encode(text))).toBe(text);
  });
});

describe('decode', () => {
  it('gives back any text', () => {
    for (const tokenizer of [gpt2, small]) {
      for (const text of [...nastyTexts, ...randomTexts(500)]) {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(wellFormed(text));
      }
    }
  });

  it('keeps a byte order mark', () => {
    expect(gpt2.decode(gpt2.encode('\ufeffa'))).toBe('\ufeffa');
  });

  it('writes every byte as a token of its own', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const ids = Array.from({ length: 256 }, (_, id) => id);
    for (const tokenizer of [gpt2, small]) {
      expect(tokenizer.bytesOf(ids).toSorted()).toEqual(bytes);
    }
  });

  it('writes the special token as text', () => {
    expect(small.decode([small.endOfText])).toBe(END_OF_TEXT);
  });

  it('throws for an id outside the vocabulary', () => {
    expect(() => small.decode([small.vocabSize])).toThrow(RangeError);
    expect(() => small.decode([-1])).toThrow(RangeError);
  });
});

describe('streaming decoder', () => {
  it('gives the same text token by token, and never half a character', () => {
    for (const text of [...nastyTexts, ...randomTexts(100)]) {
      const decoder = small.streamingDecoder();
      const pieces = small.encode(text).map((id) => decoder.push(id));
      expect(pieces.join('') + decoder.end()).toBe(wellFormed(text));
      if (!wellFormed(text).includes('\ufffd')) expect(pieces.join('')).not.toContain('\ufffd');
    }
  });

  it('holds an unfinished character back, and gives it up as U+FFFD at the end', () => {
    const decoder = gpt2.streamingDecoder();
    const [first, ...rest] = gpt2.encode('𠮷');
    expect(rest.length).toBeGreaterThan(0);
    expect(decoder.push(first!)).toBe('');
    expect(decoder.end()).toBe('\ufffd');
    expect(decoder.push(...gpt2.encode('ok'))).toBe('ok');
  });
});

describe('hash', () => {
  it('depends on tokens and merges only', () => {
    expect(parseTokenizerJson(formatTokenizerJson(small)).hash).toBe(small.hash);
    const [first, second, ...rest] = small.vocabulary.merges;
    const swapped = new BpeTokenizer({ ...small.vocabulary, merges: [second!, first!, ...rest] });
    expect(swapped.hash).not.toBe(small.hash);
  });

  it('of the trained small vocabulary is that of the stored file: training is deterministic', () => {
    const trained = trainBpe(smallCorpus, { vocabSize: smallVocabSize, wholeWords: smallWholeWords });
    expect(trained.hash).toBe(small.hash);
    expect(formatTokenizerJson(trained)).toBe(fixture('small.tokenizer.json'));
  });
});
