import type { Filters } from './corpus-recipe.ts';
import type { WordReader } from './words.ts';

/** Why a document is left out, in words for people; undefined: it stays. */
export function filteredBy(filters: Filters, bytes: Buffer, words: WordReader): string | undefined {
  const { minWords, maxWords, minLetters, maxRepeatedLines } = filters;
  if (minWords !== undefined && words.count < minWords) return `fewer than ${minWords} words`;
  if (maxWords !== undefined && words.count > maxWords) return `more than ${maxWords} words`;
  if (minLetters !== undefined && words.letters < minLetters * words.visible) {
    return `less than ${percent(minLetters)} letters`;
  }
  if (maxRepeatedLines !== undefined && repeatedLines(bytes) > maxRepeatedLines) {
    return `more than ${percent(maxRepeatedLines)} repeated lines`;
  }
  return undefined;
}

const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;

/** Share of the lines that are not empty and stand in the document before. Source: Rae et al. 2021 (Gopher), table A1. */
function repeatedLines(bytes: Buffer): number {
  const lines = bytes
    .toString('latin1')
    .split('\n')
    .map((line) => line.trim());
  const filled = lines.filter((line) => line !== '');
  return filled.length === 0 ? 0 : 1 - new Set(filled).size / filled.length;
}
