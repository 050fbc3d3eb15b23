import { CHOICES, type ClozeKind, places, question, shuffled } from './cloze.ts';

const SENTENCES_BEFORE = 2;
/** How many sentences of the most similar length the wrong ones are drawn from. */
const NEAREST = 2 * (CHOICES - 1);
/** A wrong sentence is so much longer or shorter at most. */
const LENGTH_TOLERANCE = 0.25;

/**
 * The sentence that follows two others, against three from elsewhere in the same document, of about the same length. The sentences
 * of the same paragraph are none of them. After the multiple-choice continuations of Zellers et al. (2019, arXiv 1905.07830).
 */
export const nextSentence: ClozeKind = function* ({ documents }, document, random) {
  const runs = documents[document]!;
  for (const { run, at } of places(runs, SENTENCES_BEFORE, 0, random)) {
    const right = run[at]!;
    const difference = (other: string): number => Math.abs(other.length - right.length);
    const others = runs
      .filter((elsewhere) => elsewhere !== run)
      .flat()
      .filter((other) => difference(other) <= LENGTH_TOLERANCE * right.length && !run.includes(other))
      .sort((a, b) => difference(a) - difference(b))
      .slice(0, NEAREST);
    if (new Set(others).size < CHOICES - 1) continue;
    const wrong = shuffled([...new Set(others)], random).slice(0, CHOICES - 1);
    const context = run.slice(at - SENTENCES_BEFORE, at).join(' ');
    const afterSpace = (sentence: string): string => ` ${sentence}`;
    yield question(context, afterSpace(right), wrong.map(afterSpace), random);
  }
};
