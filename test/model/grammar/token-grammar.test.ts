import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openBundle } from '../../../model/bundle.ts';
import { gpt2Tokenizer } from '../../../model/gpt2-tokenizer.ts';
import { compilePattern } from '../../../model/grammar/compile-pattern.ts';
import { TokenGrammar } from '../../../model/grammar/token-grammar.ts';
import { bytesOf, tokenTrie } from '../../../model/grammar/token-trie.ts';
import type { BpeTokenizer } from '../../../model/tokenizer.ts';
import { patterns, wholeText } from './random-patterns.ts';

const small = (await openBundle('models/gesture')).tokenizer;
const roomy = 1000;

describe.each([
  ['gpt2', gpt2Tokenizer(), 60],
  ['gesture', small, 200],
])('with the tokens of %s', (_, tokenizer, numRuns) => {
  const trie = tokenTrie(tokenizer);
  const grammarOf = (source: string): TokenGrammar =>
    new TokenGrammar(compilePattern(source), trie, tokenizer.endOfText);

  it('knows every token by its bytes', () => {
    const wrong = Array.from({ length: tokenizer.vocabSize }, (_, token) => token).filter(
      (token) =>
        token !== tokenizer.endOfText &&
        !tokenizer.bytesOf([token]).every((byte, i) => bytesOf(trie, token)[i] === byte),
    );
    expect(wrong).toEqual([]);
    expect(bytesOf(trie, tokenizer.endOfText)).toEqual([]);
  });

  it('ends in a text that matches, whatever is drawn and however few tokens there are', () => {
    fc.assert(
      fc.property(patterns, fc.nat(12), fc.infiniteStream(fc.nat()), ({ source }, spare, draws) => {
        const grammar = grammarOf(source);
        const tokens = drawAny(tokenizer, grammar, grammar.fewestTokens(grammar.start) + spare, draws);
        expect(tokenizer.decode(tokens)).toMatch(wholeText(source));
      }),
      { seed: 4, numRuns },
    );
  });

  it('can draw every text that matches, as the tokenizer writes it', () => {
    fc.assert(
      fc.property(patterns, ({ source, texts }) => {
        const grammar = grammarOf(source);
        for (const text of texts) {
          const tokens = tokenizer.encode(text);
          let state = grammar.start;
          for (const [i, token] of tokens.entries()) {
            expect(grammar.allowed(state, tokens.length - i).has(token)).toBe(true);
            state = grammar.after(state, token);
          }
          expect(grammar.allowed(state, 1).has(tokenizer.endOfText)).toBe(true);
        }
      }),
      { seed: 5, numRuns },
    );
  });

  it('allows just the tokens of which the text can begin', () => {
    const grammar = grammarOf('(up|down){1,2}');
    const pieces = ['', 'up', 'down', 'upup', 'updown', 'downup', 'downdown'];
    const begins = Array.from({ length: tokenizer.vocabSize }, (_, id) => id).filter(
      (id) => id !== tokenizer.endOfText && pieces.some((text) => text.startsWith(tokenizer.decode([id]))),
    );
    expect(grammar.allowed(grammar.start, roomy).tokens()).toEqual(begins);
  });
});

describe('the end', () => {
  const trie = tokenTrie(small);
  const grammarOf = (source: string): TokenGrammar =>
    new TokenGrammar(compilePattern(source), trie, small.endOfText);

  it('comes where the text is whole and cannot go on', () => {
    const grammar = grammarOf('(?:)');
    expect(grammar.allowed(grammar.start, roomy).tokens()).toEqual([small.endOfText]);
  });

  it('is forced when the tokens run out', () => {
    const grammar = grammarOf('(ab)*!');
    const [a, b, end] = ['a', 'b', '!'].map((text) => small.encode(text)[0]!) as [number, number, number];
    expect(grammar.fewestTokens(grammar.start)).toBe(1);
    for (const left of [1, 2]) expect(grammar.allowed(grammar.start, left).tokens()).toEqual([end]);
    expect(grammar.allowed(grammar.start, 3).tokens().sort()).toEqual([a, end].sort());
    const within = grammar.after(grammar.start, a);
    expect(grammar.allowed(within, 2).has(b)).toBe(true);
    expect(grammar.allowed(within, 1).size).toBe(0);
  });

  it('is found after more states than masks are remembered', () => {
    const grammar = grammarOf('[ab]{4200}');
    const tokens = drawAny(small, grammar, 4200, new Array<number>(4201).fill(0));
    expect(small.decode(tokens)).toMatch(/^[ab]{4200}$/);
  });

  it('is not end-of-text as text: no token writes the special one', () => {
    const grammar = grammarOf('<\\|endoftext\\|>');
    expect(grammar.allowed(grammar.start, roomy).has(small.endOfText)).toBe(false);
  });
});

/** The tokens when each is any of those allowed. */
function drawAny(
  tokenizer: BpeTokenizer,
  grammar: TokenGrammar,
  mostTokens: number,
  draws: Iterable<number>,
): number[] {
  const tokens: number[] = [];
  let state = grammar.start;
  for (const draw of draws) {
    if (tokens.length === mostTokens) break;
    const allowed = grammar.allowed(state, mostTokens - tokens.length).tokens();
    expect(allowed).not.toEqual([]);
    const token = allowed[draw % allowed.length]!;
    if (token === tokenizer.endOfText) break;
    tokens.push(token);
    state = grammar.after(state, token);
  }
  return tokens;
}
