import type { RandomStream } from '../../model/random.ts';
import { sentenceRuns } from './sentences.ts';

/** Which of these stands in the text after the context? */
export interface ClozeQuestion {
  readonly context: string;
  readonly choices: readonly string[];
  /** Index of the choice that does. */
  readonly right: number;
  /** Index of the text's document. */
  readonly document: number;
}

/** A text to ask about. */
export interface ClozeText {
  /** Of every document, the runs of sentences that follow one another (sentences.ts). */
  readonly documents: readonly (readonly (readonly string[])[])[];
  /** How often each word stands in the whole text; all in lower case. */
  readonly wordCounts: ReadonlyMap<string, number>;
}

export type Drawn = Omit<ClozeQuestion, 'document'>;

/** A kind of question: every place of a document where it can be asked, in random order. */
export type ClozeKind = (text: ClozeText, document: number, random: RandomStream) => Iterable<Drawn>;

/** One is right, the others are wrong. */
export const CHOICES = 4;
export const CHANCE = 1 / CHOICES;

/** @param documents of English text */
export function clozeText(documents: readonly string[]): ClozeText {
  const runs = documents.map(sentenceRuns);
  const wordCounts = new Map<string, number>();
  for (const sentence of runs.flat(2)) {
    for (const word of wordsOf(sentence)) wordCounts.set(word, (wordCounts.get(word) ?? 0) + 1);
  }
  return { documents: runs, wordCounts };
}

/** Runs of letters, in lower case. */
export const wordsOf = (text: string): string[] => text.toLowerCase().match(/\p{L}+/gu) ?? [];

/**
 * Questions of one kind, the same for the same text and seed. Documents are asked about in turn, so that a long one has not most
 * of the questions.
 *
 * @param most fewer where the text has not so many places
 */
export function clozeQuestions(
  kind: ClozeKind,
  text: ClozeText,
  most: number,
  random: RandomStream,
): ClozeQuestion[] {
  const questions: ClozeQuestion[] = [];
  let sources = text.documents.map((_, document) => ({
    document,
    drawn: kind(text, document, random.fork(document))[Symbol.iterator](),
  }));
  while (sources.length > 0 && questions.length < most) {
    sources = sources.filter(({ document, drawn }) => {
      if (questions.length === most) return false;
      const { value, done } = drawn.next();
      if (!done) questions.push({ ...value, document });
      return !done;
    });
  }
  return questions;
}

/** The choices in random order. */
export function question(
  context: string,
  right: string,
  wrong: readonly string[],
  random: RandomStream,
): Drawn {
  const choices = shuffled([right, ...wrong], random);
  return { context, choices, right: choices.indexOf(right) };
}

export const shuffled = <T>(items: readonly T[], random: RandomStream): T[] =>
  Array.from(random.permutation(items.length), (i) => items[i]!);

/** Every sentence that has `before` others of its run before it, and `after` behind it; in random order. */
export function places(
  runs: readonly (readonly string[])[],
  before: number,
  after: number,
  random: RandomStream,
): { readonly run: readonly string[]; readonly at: number }[] {
  const all = runs.flatMap((run) =>
    run.flatMap((_, at) => (at >= before && at + after < run.length ? [{ run, at }] : [])),
  );
  return shuffled(all, random);
}
