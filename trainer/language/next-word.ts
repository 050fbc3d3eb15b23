import { groupBy } from '../group-by.ts';
import { CHOICES, type ClozeKind, type ClozeText, places, question, shuffled, wordsOf } from './cloze.ts';

/** Sentences of the passage before the last one. */
const SENTENCES_BEFORE = 2;
const FEWEST_LETTERS = 4;

/** A sentence up to its last word, that word, and how the sentence ends. */
const LAST_WORD = /^(.* )(\p{Ll}+)([.!?]["'”’)\]]*)$/u;

/**
 * The last word of a passage, against three of like frequency, as many letters and the same ending. None of the four stands in
 * the passage, so neither counting words nor copying one tells which it is. After LAMBADA (Paperno et al., 2016,
 * arXiv 1606.06031), which people chose and whose words are to be written; here one is to be chosen.
 */
export const nextWord: ClozeKind = function* (text, document, random) {
  const alike = wordsByShape(text);
  for (const { run, at } of places(text.documents[document]!, SENTENCES_BEFORE, 0, random)) {
    const [, beginning, word, end] = LAST_WORD.exec(run[at]!) ?? [];
    if (beginning === undefined || word === undefined || word.length < FEWEST_LETTERS) continue;
    const passage = [...run.slice(at - SENTENCES_BEFORE, at), beginning.trimEnd()].join(' ');
    const there = new Set(wordsOf(passage));
    if (there.has(word)) continue;
    const others = alike.get(shapeOf(word, text))!.filter((other) => other !== word && !there.has(other));
    if (others.length < CHOICES - 1) continue;
    const wrong = shuffled(others, random).slice(0, CHOICES - 1);
    const asWritten = (choice: string): string => ` ${choice}${end}`;
    yield question(passage, asWritten(word), wrong.map(asWritten), random);
  }
};

const shapes = new WeakMap<ClozeText, ReadonlyMap<string, readonly string[]>>();

/** Made once for all documents of a text. */
function wordsByShape(text: ClozeText): ReadonlyMap<string, readonly string[]> {
  const known = shapes.get(text);
  if (known) return known;
  const groups = groupBy(text.wordCounts.keys(), (word) => shapeOf(word, text));
  shapes.set(text, groups);
  return groups;
}

/** Twice as frequent is another shape, and so is another length or ending. */
function shapeOf(word: string, { wordCounts }: ClozeText): string {
  const ending = /(?:ing|ed|ly|s)$/.exec(word)?.[0] ?? '';
  return `${Math.floor(Math.log2(wordCounts.get(word) ?? 1))} ${word.length} ${ending}`;
}
