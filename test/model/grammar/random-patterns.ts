import fc from 'fast-check';

/** A pattern of our syntax with texts that match it, made from the same choices. */
export interface PatternWithTexts {
  readonly source: string;
  readonly texts: readonly string[];
}

const TEXTS = 4;
const LETTERS = ['a', 'b', 'c', '0', '7', '_', ' ', '-', '.', '"', 'é', '→', '😀'];
const CLASSES: readonly (readonly [source: string, members: readonly string[]])[] = [
  ['[a-c]', ['a', 'b', 'c']],
  ['[^a]', ['b', '\n', 'é', '\u2028', '😀', '\u{10FFFF}']],
  ['\\d', ['0', '7']],
  ['\\w', ['a', '_', 'Z']],
  ['\\s', [' ', '\t', '\u2003', '\ufeff']],
  ['.', ['a', '"', 'é', '\ud7ff', '\ue000', '😀']],
  ['[^\\W\\d]', ['x', '_']],
  ['[à-ÿ→-⇿]', ['à', 'é', '→', '⇿']],
  ['[\\u{1F600}-\\u{1F64F}-]', ['😀', '\u{1F64F}', '-']],
];
const written = (letter: string): string => (letter === '.' ? '\\.' : letter);

const literal = fc.constantFrom(...LETTERS).map((letter) => same(written(letter), letter));
const characterClass = fc
  .tuple(fc.constantFrom(...CLASSES), fc.infiniteStream(fc.nat()))
  .map(([[source, members], choices]) => ({
    source,
    texts: take(choices).map((choice) => members[choice % members.length]!),
  }));

const same = (source: string, text: string): PatternWithTexts => ({
  source,
  texts: new Array<string>(TEXTS).fill(text),
});
const take = (choices: Iterable<number>): number[] => {
  const iterator = choices[Symbol.iterator]();
  return Array.from({ length: TEXTS }, () => iterator.next().value as number);
};

/** How often, as it is written, and a count for each text. */
const times = fc.constantFrom(
  { written: '?', least: 0, most: 1 },
  { written: '*', least: 0, most: 4 },
  { written: '+', least: 1, most: 4 },
  { written: '{2}', least: 2, most: 2 },
  { written: '{1,}', least: 1, most: 3 },
  { written: '{0,3}', least: 0, most: 3 },
);

/** Any pattern of a few parts. */
export const patterns: fc.Arbitrary<PatternWithTexts> = fc.letrec<{ pattern: PatternWithTexts }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    literal,
    characterClass,
    fc.array(tie('pattern'), { minLength: 1, maxLength: 4 }).map((parts) => ({
      source: parts.map(({ source }) => `(?:${source})`).join(''),
      texts: Array.from({ length: TEXTS }, (_, i) => parts.map(({ texts }) => texts[i]!).join('')),
    })),
    fc.array(tie('pattern'), { minLength: 2, maxLength: 3 }).map((ways) => ({
      source: `(${ways.map(({ source }) => source).join('|')})`,
      texts: Array.from({ length: TEXTS }, (_, i) => ways[i % ways.length]!.texts[i]!),
    })),
    fc
      .tuple(tie('pattern'), times, fc.infiniteStream(fc.nat()))
      .map(([part, { written, least, most }, counts]) => ({
        source: `(${part.source})${written}`,
        texts: take(counts).map((count, i) => part.texts[i]!.repeat(least + (count % (most - least + 1)))),
      })),
  ),
})).pattern;

/** What ECMAScript makes of the same pattern. */
export const wholeText = (source: string): RegExp => new RegExp(`^(?:${source})$`, 'u');
