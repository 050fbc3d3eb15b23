/** Words that end with a point and no sentence. */
const ABBREVIATIONS = new Set(
  'mr mrs ms dr st prof rev gen col capt vs etc cf eg ie e.g i.e no fig vol ch pp jr sr inc ltd'.split(' '),
);
const BOUNDARY = /[.!?]+["'”’)\]]*\s+(?=["'“‘(]?[A-Z])/g;
const PARAGRAPHS = /\r?\n\s*\n/;

const FEWEST_WORDS = 5;
const MOST_WORDS = 50;
/** Letters and spaces among all characters: what lies below is a table or code. */
const PROSE_SHARE = 0.85;

/**
 * Runs of sentences that follow one another in a paragraph, in one line each. What is no prose (headings, tables, code,
 * fragments) is in none of them and parts them.
 */
export function sentenceRuns(text: string): string[][] {
  const runs: string[][] = [];
  for (const paragraph of text.split(PARAGRAPHS)) {
    let run: string[] = [];
    for (const sentence of sentencesOf(paragraph.replace(/\s+/g, ' ').trim())) {
      if (isProse(sentence)) run.push(sentence);
      else {
        runs.push(run);
        run = [];
      }
    }
    runs.push(run);
  }
  return runs.filter(({ length }) => length > 0);
}

/** English. @param paragraph in one line */
function sentencesOf(paragraph: string): string[] {
  const sentences: string[] = [];
  let begin = 0;
  for (const { index, 0: mark } of paragraph.matchAll(BOUNDARY)) {
    if (mark.startsWith('.') && isAbbreviation(paragraph.slice(begin, index))) continue;
    sentences.push(paragraph.slice(begin, index + mark.length).trimEnd());
    begin = index + mark.length;
  }
  sentences.push(paragraph.slice(begin));
  return sentences;
}

/** A single letter is an initial, too. */
function isAbbreviation(before: string): boolean {
  const word = before.slice(before.lastIndexOf(' ') + 1).replace(/^["'“‘(]+/, '');
  return /^\p{L}$/u.test(word) || ABBREVIATIONS.has(word.toLowerCase());
}

function isProse(sentence: string): boolean {
  const words = sentence.split(' ').length;
  if (words < FEWEST_WORDS || words > MOST_WORDS || !/[.!?]["'”’)\]]*$/.test(sentence)) return false;
  return sentence.replace(/[^\p{L} ]/gu, '').length >= PROSE_SHARE * sentence.length;
}
