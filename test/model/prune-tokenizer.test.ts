import { describe, expect, it } from 'vitest';
import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import { pruneTokenizer } from '../../model/prune-tokenizer.ts';
import { formatTokenizerJson, parseTokenizerJson } from '../../model/tokenizer-json.ts';
import { randomTexts } from '../fixtures/tokenizer/random-texts.ts';
import { nastyTexts } from '../fixtures/tokenizer/texts.ts';

const whole = gpt2Tokenizer();
const PROMPT =
  '### Instruction:\nWhich swimming style is this?\n\n### Input:\nAcceleration: [1345, -12.07]\n';
const kept = whole.encode(PROMPT);
const { tokenizer, ids } = pruneTokenizer(whole, kept);
const originals = (text: string): number[] => tokenizer.encode(text).map((id) => ids[id]!);

describe('a pruned tokenizer', () => {
  it('writes what is made of kept tokens in the same tokens', () => {
    expect(originals(PROMPT)).toEqual(kept);
    expect(originals(' swimming Input:45, -12')).toEqual(whole.encode(' swimming Input:45, -12'));
  });

  it('agrees with the whole one on any text, when all tokens of that text are kept', () => {
    for (const text of [...randomTexts(60, 11), ...nastyTexts]) {
      const pruned = pruneTokenizer(whole, whole.encode(text));
      expect(pruned.tokenizer.encode(text).map((id) => pruned.ids[id])).toEqual(whole.encode(text));
    }
  });

  it('still writes every other text, and reads it back', () => {
    for (const text of [...randomTexts(60, 12), ...nastyTexts, 'Größe 3.5 → ☕\n\0']) {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(whole.decode(whole.encode(text)));
    }
  });

  it('holds the bytes, end-of-text and the parts of its tokens, in the order of the ids', () => {
    expect(tokenizer.vocabSize).toBe(ids.length);
    expect(tokenizer.vocabSize).toBeLessThan(400);
    expect([...ids]).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(ids[tokenizer.endOfText]).toBe(whole.endOfText);
    expect(tokenizer.vocabulary.tokens).toEqual(ids.map((id) => whole.vocabulary.tokens[id]));
  });

  it('is a tokenizer.json like any other', () => {
    expect(parseTokenizerJson(formatTokenizerJson(tokenizer)).hash).toBe(tokenizer.hash);
  });

  it('refuses an id that the vocabulary does not have', () => {
    expect(() => pruneTokenizer(whole, [50257])).toThrow(RangeError);
  });
});
