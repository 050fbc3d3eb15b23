import { CHOICES, type ClozeKind, places, question, shuffled } from './cloze.ts';

/** Other orders of three sentences than their own. */
const OTHER_ORDERS = [
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;
const SENTENCES = 3;

/**
 * Three sentences that follow another one, in their order against three other orders of them. Every choice has the same words, so
 * only what holds sentences together tells which it is. After Barzilay & Lapata (2008), "Modeling Local Coherence".
 */
export const sentenceOrder: ClozeKind = function* ({ documents }, document, random) {
  for (const { run, at } of places(documents[document]!, 1, SENTENCES - 1, random)) {
    const sentences = run.slice(at, at + SENTENCES);
    if (new Set(sentences).size < SENTENCES) continue;
    const wrong = shuffled(OTHER_ORDERS, random).slice(0, CHOICES - 1);
    const inOrder = (order: readonly number[]): string => order.map((i) => ` ${sentences[i]}`).join('');
    yield question(run[at - 1]!, inOrder([0, 1, 2]), wrong.map(inOrder), random);
  }
};
