import { countContinuations, countNgrams, type NgramCounts } from './ngram-counts.ts';

/**
 * An interpolated n-gram model with modified Kneser-Ney smoothing: the classical language model that a neural one has to
 * beat. The highest order is counted as it stands; each lower one by how many different tokens come before it; below the
 * lowest stands the uniform distribution.
 *
 * Source: Chen & Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling" (1998), section 3.
 */
export class KneserNey {
  readonly #vocabulary: number;
  /** From single tokens up. */
  readonly #orders: readonly SmoothedOrder[];

  private constructor(vocabulary: number, orders: readonly SmoothedOrder[]) {
    this.#vocabulary = vocabulary;
    this.#orders = orders;
  }

  /**
   * Takes about 15 bytes of memory for every token, and seconds for every ten million.
   *
   * @param tokens a text, marks between its documents included
   * @param vocabulary ids are below it
   */
  static train(tokens: Uint16Array, order: number, vocabulary: number): KneserNey {
    let counts = countNgrams(tokens, order, vocabulary);
    const orders = [new SmoothedOrder(counts, vocabulary)];
    for (let lower = order - 1; lower > 0; lower--) {
      counts = countContinuations(counts, vocabulary ** lower);
      orders.unshift(new SmoothedOrder(counts, vocabulary));
    }
    return new KneserNey(vocabulary, orders);
  }

  /** The probability of `tokens[at]` after the tokens before it, of which the last `order - 1` are looked at. */
  probability(tokens: Uint16Array, at: number): number {
    const token = tokens[at]!;
    let probability = 1 / this.#vocabulary;
    let context = 0;
    for (const [length, order] of this.#orders.entries()) {
      if (length > at) break;
      if (length > 0) context += tokens[at - length]! * this.#vocabulary ** (length - 1);
      probability = order.interpolated(context, token, probability);
    }
    return probability;
  }

  /** Summed cross entropy of `tokens[from]` to the last one. */
  nats(tokens: Uint16Array, from: number): number {
    let nats = 0;
    for (let at = from; at < tokens.length; at++) nats -= Math.log(this.probability(tokens, at));
    return nats;
  }
}

/** What n-grams seen once, twice, and three times or more are discounted by; the first entry is of those never seen. */
type Discounts = readonly [0, number, number, number];

/** N-grams of one order, by the context that they share: all of their tokens but the last. */
class SmoothedOrder {
  readonly #vocabulary: number;
  readonly #counts: NgramCounts;
  readonly #discounts: Discounts;
  /** Distinct and sorted, as the n-grams are. */
  readonly #contexts: Float64Array;
  /** (contexts + 1) where each context's n-grams begin. */
  readonly #begins: Uint32Array;
  /** Summed counts of each context's n-grams. */
  readonly #totals: Float64Array;
  /** The probability that each context leaves to the lower orders: what was discounted. */
  readonly #left: Float64Array;

  constructor(counts: NgramCounts, vocabulary: number) {
    this.#vocabulary = vocabulary;
    this.#counts = counts;
    this.#discounts = discountsOf(counts.counts);
    const { length } = counts.ngrams;
    const contextAt = (i: number): number => Math.floor(counts.ngrams[i]! / vocabulary);
    let contexts = 0;
    for (let i = 0; i < length; i++) if (i === 0 || contextAt(i) !== contextAt(i - 1)) contexts++;
    this.#contexts = new Float64Array(contexts);
    this.#begins = new Uint32Array(contexts + 1);
    this.#totals = new Float64Array(contexts);
    this.#left = new Float64Array(contexts);
    for (let i = 0, context = 0; context < contexts; context++) {
      this.#contexts[context] = contextAt(i);
      this.#begins[context] = i;
      let [total, discounted] = [0, 0];
      for (; i < length && contextAt(i) === this.#contexts[context]; i++) {
        total += counts.counts[i]!;
        discounted += this.#discountOf(counts.counts[i]!);
      }
      this.#totals[context] = total;
      this.#left[context] = discounted / total;
    }
    this.#begins[contexts] = length;
  }

  /** @param lower the probability that the next lower order gives this token */
  interpolated(context: number, token: number, lower: number): number {
    const at = find(this.#contexts, context, 0, this.#contexts.length);
    if (at < 0) return lower;
    const ngram = context * this.#vocabulary + token;
    const found = find(this.#counts.ngrams, ngram, this.#begins[at]!, this.#begins[at + 1]!);
    const count = found < 0 ? 0 : this.#counts.counts[found]!;
    return (count - this.#discountOf(count)) / this.#totals[at]! + this.#left[at]! * lower;
  }

  #discountOf(count: number): number {
    return this.#discounts[Math.min(count, 3) as 0 | 1 | 2 | 3];
  }
}

/** For texts too small to estimate them from, as in KenLM. */
const USUAL_DISCOUNTS: Discounts = [0, 0.5, 1, 1.5];

/** Chen & Goodman's estimate from how many n-grams occur once, twice, three and four times. */
function discountsOf(counts: Uint32Array): Discounts {
  const seen = [0, 0, 0, 0, 0];
  for (let i = 0; i < counts.length; i++) if (counts[i]! < seen.length) seen[counts[i]!]!++;
  const [, once, twice, thrice, fourTimes] = seen as [number, number, number, number, number];
  const share = once / (once + 2 * twice);
  const discounts: Discounts = [
    0,
    1 - (2 * share * twice) / once,
    2 - (3 * share * thrice) / twice,
    3 - (4 * share * fourTimes) / thrice,
  ];
  return discounts.every((discount, count) => discount >= 0 && discount <= count)
    ? discounts
    : USUAL_DISCOUNTS;
}

/** Where a number stands among the sorted ones of [from, to); -1 where it does not. */
function find(sorted: Float64Array, wanted: number, from: number, to: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low < to && sorted[low] === wanted ? low : -1;
}
