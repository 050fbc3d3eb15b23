import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BYTES, type ByteDfa, DEAD, matches } from '../../../model/grammar/byte-dfa.ts';
import { compilePattern } from '../../../model/grammar/compile-pattern.ts';
import { bytesToAccept } from '../../../model/grammar/token-distances.ts';
import { patterns, wholeText } from './random-patterns.ts';

const matchesText = (dfa: ByteDfa, text: string): boolean => matches(dfa, Buffer.from(text));

describe('a compiled pattern', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'c', '0', '7', '_', ' ', '\n', 'é', '→', '😀'), {
    maxLength: 6,
  });

  it('matches what ECMAScript matches', () => {
    fc.assert(
      fc.property(patterns, fc.array(texts, { maxLength: 20 }), ({ source, texts: members }, others) => {
        const dfa = compilePattern(source);
        const expression = wholeText(source);
        for (const member of members) expect(matchesText(dfa, member)).toBe(true);
        for (const letters of others) {
          const text = letters.join('');
          expect(matchesText(dfa, text)).toBe(expression.test(text));
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('takes no bytes that are not UTF-8', () => {
    const anything = compilePattern('[^]*');
    for (const bytes of [
      [0x80],
      [0xc0, 0x80],
      [0xe0, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xff],
    ]) {
      expect(matches(anything, Uint8Array.from(bytes))).toBe(false);
    }
  });

  it('takes every character of a class and no other, whatever its bytes', () => {
    for (const source of [
      '[^]',
      '.',
      '[\\u07ff-\\u0801\\ud7f0-\\ue010\\uffff-\\u{10001}]',
      '\\s',
      '[\\u{20}-\\u{10fffe}]',
    ]) {
      const dfa = compilePattern(source);
      const expression = wholeText(source);
      const wrong: number[] = [];
      for (let point = 0; point <= 0x10ffff; point += point < 0x3000 || point % 0x1000 < 64 ? 1 : 7) {
        if (point >= 0xd800 && point <= 0xdfff) continue;
        const text = String.fromCodePoint(point);
        if (matchesText(dfa, text) !== expression.test(text)) wrong.push(point);
      }
      expect(wrong).toEqual([]);
    }
  });

  it('has an end ahead from every state', () => {
    fc.assert(
      fc.property(patterns, ({ source }) => {
        const [dead, ...live] = bytesToAccept(compilePattern(source));
        expect(dead).toBe(Number.POSITIVE_INFINITY);
        expect(live.every(Number.isFinite)).toBe(true);
      }),
      { seed: 2 },
    );
  });

  it('has as few states as can be: every two can be told apart', () => {
    fc.assert(
      fc.property(patterns, ({ source }) => {
        const dfa = compilePattern(source);
        expect(distinguishable(dfa)).toBe(dfa.accepts.length);
      }),
      { seed: 3 },
    );
  });

  it.each([
    ['abc|abd', 4],
    ['(a|b)*a(a|b){5}', 64],
    ['a*|(a|aa)*', 1],
    ['[a-z]{3,20}', 21],
  ])('%s has %i states', (source, states) => {
    expect(compilePattern(source).accepts.length - 1).toBe(states);
  });
});

it.each([
  ['(a|b)*a(a|b){20}', /more than \d+ states/],
  ['((a{1000}){1000}){1000}', /too large/],
  ['a{999999999999}', /too large/],
])('refuses %s, which would fill the memory', (source, message) => {
  const refusal = expect.objectContaining({ exitCode: 2, message: expect.stringMatching(message) });
  expect(() => compilePattern(source)).toThrow(refusal);
});

/** How many states differ, by Moore's rounds: alike after a text of n bytes, then of n + 1. */
function distinguishable({ next, accepts }: ByteDfa): number {
  let kinds = Array.from(accepts, Number);
  for (let count = 0; count !== new Set(kinds).size; ) {
    count = new Set(kinds).size;
    const signatures = kinds.map((kind, state) =>
      [
        kind,
        ...Array.from(next.subarray(state * BYTES, (state + 1) * BYTES), (after) => kinds[after]!),
      ].join(),
    );
    const numbers = new Map([...new Set(signatures)].map((signature, i) => [signature, i]));
    kinds = signatures.map((signature) => numbers.get(signature)!);
  }
  expect(accepts[DEAD]).toBe(0);
  return new Set(kinds).size;
}
