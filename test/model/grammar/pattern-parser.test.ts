import { describe, expect, it } from 'vitest';
import { escaped, oneOf } from '../../../model/grammar/pattern.ts';
import { parsePattern } from '../../../model/grammar/pattern-parser.ts';
import { wholeText } from './random-patterns.ts';

describe('what is refused', () => {
  it.each([
    ['a(b', 2, /"\(" is not closed/],
    ['ab)c', 3, /"\)" closes nothing/],
    ['a|*', 3, /nothing before "\*"/],
    ['+', 1, /nothing before "\+"/],
    ['{2}', 1, /nothing before "\{"/],
    ['a{b}', 2, /begins no count/],
    ['a{2', 2, /begins no count/],
    ['a{5,2}', 2, /ends before it begins/],
    ['a]', 2, /"\]" closes nothing/],
    ['a}', 2, /"\}" closes nothing/],
    ['a*?', 3, /two quantifiers/],
    ['a{2}{3}', 5, /two quantifiers/],
    ['^a', 1, /not needed/],
    ['a$', 2, /not needed/],
    ['[a-', 1, /"\[" is not closed/],
    ['ab[^c', 3, /"\[" is not closed/],
    ['[]', 1, /no character/],
    ['[^\\s\\S]', 1, /no character/],
    ['[z-a]', 2, /ends before it begins/],
    ['[\\d-z]', 2, /one character at each end/],
    ['(?=a)', 1, /"\(\?" begins nothing/],
    ['a(?<name>b)', 2, /"\(\?" begins nothing/],
    ['\\bword', 1, /"\\b" is not known/],
    ['(a)\\1', 4, /"\\1" is not known/],
    ['\\p{L}', 1, /"\\p" is not known/],
    ['\\-', 1, /"\\-" is not known/],
    ['\\x4', 1, /"\\x" is not known/],
    ['\\u{110000}', 1, /no such character/],
    ['\\ud83d', 1, /half of a UTF-16 pair/],
    ['\\01', 1, /"\\0" is not known/],
    ['a\\', 2, /ends after "\\"/],
    ['😀é(', 3, /"\(" is not closed/],
    [`${'('.repeat(300)}a${')'.repeat(300)}`, 201, /more than 200 groups/],
  ])('%s at character %i', (source, column, what) => {
    expect(() => parsePattern(source)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        hint: expect.stringMatching(/./),
        message: expect.stringContaining(`pattern ${source}, character ${column}: `),
      }),
    );
    expect(() => parsePattern(source)).toThrow(what);
  });
});

describe('what is read', () => {
  it('has groups of every kind, empty ways and counts', () => {
    expect(parsePattern('(?:)')).toEqual({ kind: 'sequence', parts: [] });
    const a = { kind: 'character', of: [[0x61, 0x61]] };
    expect(parsePattern('(a|)')).toEqual({ kind: 'either', ways: [a, { kind: 'sequence', parts: [] }] });
    expect(parsePattern('a{2,}')).toEqual({
      kind: 'repeated',
      part: a,
      min: 2,
      max: Number.POSITIVE_INFINITY,
    });
    expect(parsePattern('a{2,5}')).toEqual({ kind: 'repeated', part: a, min: 2, max: 5 });
  });

  it.each([
    [
      '[a\\-z]',
      [
        [0x2d, 0x2d],
        [0x61, 0x61],
        [0x7a, 0x7a],
      ],
    ],
    [
      '[-a]',
      [
        [0x2d, 0x2d],
        [0x61, 0x61],
      ],
    ],
    [
      '[a-]',
      [
        [0x2d, 0x2d],
        [0x61, 0x61],
      ],
    ],
    ['[\\]^]', [[0x5d, 0x5e]]],
    ['[b-da-c]', [[0x61, 0x64]]],
    ['\\x41', [[0x41, 0x41]]],
    ['\\u{1f600}', [[0x1f600, 0x1f600]]],
    ['\\ud83d\\ude00', [[0x1f600, 0x1f600]]],
    ['\\0', [[0, 0]]],
    [
      '[^]',
      [
        [0, 0xd7ff],
        [0xe000, 0x10ffff],
      ],
    ],
  ])('%s has the points %j', (source, of) => {
    expect(parsePattern(source)).toEqual({ kind: 'character', of });
  });

  it.each(['.', '\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '[^a\\s]'])(
    '%s has the points of ECMAScript, every single one',
    (source) => {
      const pattern = parsePattern(source);
      const of = pattern.kind === 'character' ? pattern.of : [];
      const expression = wholeText(source);
      const isSurrogate = (point: number): boolean => point >= 0xd800 && point <= 0xdfff;
      const wrong: number[] = [];
      let range = 0;
      for (let point = 0; point <= 0x10ffff; point++) {
        while (range < of.length && of[range]![1] < point) range++;
        const isIn = range < of.length && of[range]![0] <= point;
        if (isIn !== (!isSurrogate(point) && expression.test(String.fromCodePoint(point)))) wrong.push(point);
      }
      expect(wrong).toEqual([]);
    },
  );
});

it('escapes any text to a pattern of that text', () => {
  const choices = ['a.b*', '(x|y)', '[1-2]{3}', '\\d^$', 'a/b'];
  for (const choice of choices) {
    expect(wholeText(escaped(choice)).test(choice)).toBe(true);
    expect(() => parsePattern(escaped(choice))).not.toThrow();
  }
  expect(oneOf(['a.', 'b'])).toBe('a\\.|b');
});
