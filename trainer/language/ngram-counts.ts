/** Distinct n-grams of one order, sorted; an n-gram is the number whose digits to the base of the vocabulary are its tokens. */
export interface NgramCounts {
  readonly ngrams: Float64Array;
  readonly counts: Uint32Array;
}

/** How often each n-gram of this order stands in a text. @param vocabulary its power `order` must be below 2^53 */
export function countNgrams(tokens: Uint16Array, order: number, vocabulary: number): NgramCounts {
  if (vocabulary ** order > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(`${order}-grams of ${vocabulary} tokens are more than a float64 can number`);
  }
  const all = new Float64Array(Math.max(tokens.length - order + 1, 0));
  const tails = vocabulary ** (order - 1);
  let ngram = 0;
  for (let i = 0; i < tokens.length; i++) {
    ngram = (ngram % tails) * vocabulary + tokens[i]!;
    if (i >= order - 1) all[i - order + 1] = ngram;
  }
  return countRuns(all.sort());
}

/**
 * By how many different tokens each (n-1)-gram is preceded, which is how Kneser and Ney count the lower orders.
 *
 * @param tails the vocabulary to the power of n - 1
 */
export const countContinuations = ({ ngrams }: NgramCounts, tails: number): NgramCounts =>
  countRuns(ngrams.map((ngram) => ngram % tails).sort());

function countRuns(sorted: Float64Array): NgramCounts {
  let distinct = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct++;
  const ngrams = new Float64Array(distinct);
  const counts = new Uint32Array(distinct);
  let at = -1;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) ngrams[++at] = sorted[i]!;
    counts[at]!++;
  }
  return { ngrams, counts };
}
