import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import {
  CHOICES,
  type ClozeKind,
  clozeQuestions,
  clozeText,
  wordsOf,
} from '../../../trainer/language/cloze.ts';
import { nextSentence } from '../../../trainer/language/next-sentence.ts';
import { nextWord } from '../../../trainer/language/next-word.ts';
import { sentenceOrder } from '../../../trainer/language/sentence-order.ts';
import { sentenceRuns } from '../../../trainer/language/sentences.ts';
import { REPOSITORY } from '../../tools.ts';

/** English prose that is at hand. */
const documents = readdirSync(join(REPOSITORY, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .sort()
  .map((name) => readFileSync(join(REPOSITORY, 'docs', name), 'utf8'));
const text = clozeText(documents);
const oneLine = documents.map((document) => document.replace(/\s+/g, ' '));
const ask = (kind: ClozeKind, most = 40, seed = 1) =>
  clozeQuestions(kind, text, most, RandomStream.seeded(seed));

describe('sentenceRuns', () => {
  it('cuts where a sentence ends, and nowhere else', () => {
    const prose =
      'Mr. Smith went to the old harbour. He said "wait a little, please!" Then J. Brown came along, i.e. the other one. ' +
      'Did anyone see them there?';
    expect(sentenceRuns(prose)).toEqual([
      [
        'Mr. Smith went to the old harbour.',
        'He said "wait a little, please!"',
        'Then J. Brown came along, i.e. the other one.',
        'Did anyone see them there?',
      ],
    ]);
  });

  it('joins wrapped lines, and parts paragraphs and what is no prose', () => {
    const mixed =
      'A first line that is\nwrapped ends here. The second one follows it at once.\n\nHeading\n\n' +
      'Another paragraph says one thing. x = [1, 2, 3, 4, 5, 6] + (7 * 8) / 9. It goes on after the code.';
    expect(sentenceRuns(mixed)).toEqual([
      ['A first line that is wrapped ends here.', 'The second one follows it at once.'],
      ['It goes on after the code.'],
    ]);
  });
});

describe.each([
  ['next word', nextWord],
  ['next sentence', nextSentence],
  ['sentence order', sentenceOrder],
] as const)('questions of the %s', (_, kind) => {
  const questions = ask(kind);

  it('are the same for the same seed, and others for another', () => {
    expect(questions.length).toBeGreaterThan(10);
    expect(ask(kind)).toEqual(questions);
    expect(ask(kind, 40, 2)).not.toEqual(questions);
    expect(ask(kind, 5)).toEqual(questions.slice(0, 5));
  });

  it('have one choice that stands in the document after the context, at any place among four', () => {
    for (const { context, choices, right, document } of questions) {
      expect(new Set(choices).size).toBe(CHOICES);
      const standing = choices.map((choice) => oneLine[document]!.includes(context + choice));
      expect(standing).toEqual(choices.map((__, i) => i === right));
    }
    expect(new Set(questions.map(({ right }) => right)).size).toBe(CHOICES);
  });

  it('ask about documents in turn', () => {
    const first = new Set(questions.slice(0, 8).map(({ document }) => document));
    expect(first.size).toBe(8);
  });
});

describe('what must not tell the answer', () => {
  it('of a next word: its length, its ending, its frequency, the passage', () => {
    for (const { context, choices } of ask(nextWord)) {
      const words = choices.map((choice) => wordsOf(choice)[0]!);
      expect(new Set(words.map(({ length }) => length)).size).toBe(1);
      const bands = words.map((word) => Math.floor(Math.log2(text.wordCounts.get(word)!)));
      expect(new Set(bands).size).toBe(1);
      const there = wordsOf(context);
      expect(words.filter((word) => there.includes(word))).toEqual([]);
    }
  });

  it('of a next sentence: its length', () => {
    for (const { choices, right } of ask(nextSentence)) {
      for (const choice of choices) {
        expect(Math.abs(choice.length - choices[right]!.length)).toBeLessThanOrEqual(
          0.25 * choices[right]!.length,
        );
      }
    }
  });

  it('of an order: its words', () => {
    for (const { choices } of ask(sentenceOrder)) {
      const sorted = choices.map((choice) => wordsOf(choice).sort());
      for (const words of sorted) expect(words).toEqual(sorted[0]);
    }
  });
});

it('asks nothing where there is no prose', () => {
  const none = clozeText(['', '1 2 3', 'Heading']);
  for (const kind of [nextWord, nextSentence, sentenceOrder]) {
    expect(clozeQuestions(kind, none, 10, RandomStream.seeded(1))).toEqual([]);
  }
});
