import { expect, test } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import { KneserNey } from '../../../trainer/language/kneser-ney.ts';

/** Of every token, after `context`. */
function distribution(model: KneserNey, context: readonly number[], vocabulary: number): number[] {
  return Array.from({ length: vocabulary }, (_, token) =>
    model.probability(Uint16Array.of(...context, token), context.length),
  );
}

/** Few tokens are frequent and many rare, and what follows depends on what came before. */
function text(length: number, vocabulary: number, seed: number): Uint16Array {
  const random = RandomStream.seeded(seed);
  const tokens = new Uint16Array(length);
  for (let i = 2; i < length; i++) {
    const drawn = Math.floor(vocabulary * random.uniform() ** 3);
    tokens[i] = random.uniform() < 0.5 ? drawn : (tokens[i - 1]! * 7 + tokens[i - 2]! * 3) % vocabulary;
  }
  return tokens;
}

test('of a text small enough to work out by hand, with the usual discounts', () => {
  // Bigrams 01 twice, 10 twice, 02 once. Each token comes after one other, so each is as likely as the others at first.
  const model = KneserNey.train(Uint16Array.of(0, 1, 0, 1, 0, 2), 2, 3);
  expect(distribution(model, [], 3)).toEqual([1 / 3, 1 / 3, 1 / 3].map((p) => expect.closeTo(p, 12)));
  // 01: (2 - 1) / 3, 02: (1 - 0.5) / 3; the 1.5 / 3 that were taken off are shared evenly.
  expect(distribution(model, [0], 3)).toEqual([1 / 6, 1 / 2, 1 / 3].map((p) => expect.closeTo(p, 12)));
  expect(distribution(model, [2], 3)).toEqual([1 / 3, 1 / 3, 1 / 3].map((p) => expect.closeTo(p, 12)));
});

test('equals the formulas of Chen and Goodman, written out with tables of words', () => {
  const vocabulary = 30;
  const tokens = text(4000, vocabulary, 1);
  const model = KneserNey.train(tokens, 3, vocabulary);
  const spelled = new SpelledOut(tokens, vocabulary);
  const unseen = Uint16Array.of(3, 29, 29, 1, 0, 28, 27, 5);
  for (const sample of [tokens.subarray(0, 100), unseen, text(100, vocabulary, 2)]) {
    for (let at = 0; at < sample.length; at++) {
      const history = [...sample.subarray(Math.max(0, at - 2), at)];
      expect(model.probability(sample, at)).toBeCloseTo(spelled.probability(history, sample[at]!), 12);
    }
  }
});

test('the probabilities of all tokens add up to one, after any context', () => {
  const vocabulary = 60;
  const model = KneserNey.train(text(3000, vocabulary, 3), 3, vocabulary);
  for (const context of [[], [0], [59], [0, 0], [1, 7], [58, 59], [4, 5, 6]]) {
    const sum = distribution(model, context, vocabulary).reduce((a, b) => a + b);
    expect(sum).toBeCloseTo(1, 10);
  }
});

test('the cross entropy of a text is that of its tokens, each after those before it', () => {
  const tokens = text(500, 20, 4);
  const model = KneserNey.train(tokens, 3, 20);
  const heard = Uint16Array.of(4, 8, 15, 16);
  const each = [1, 2, 3].map((at) => -Math.log(model.probability(heard, at)));
  expect(model.nats(heard, 1)).toBeCloseTo(each[0]! + each[1]! + each[2]!, 12);
});

test('refuses n-grams that cannot be numbered', () => {
  expect(() => KneserNey.train(Uint16Array.of(1, 2, 3), 4, 50257)).toThrow(RangeError);
});

/** The same model by the book: maps of spelled n-grams, sums over all of them, and no order but of thought. */
class SpelledOut {
  readonly #vocabulary: number;
  readonly #counts: readonly Map<string, number>[];

  constructor(tokens: Uint16Array, vocabulary: number) {
    this.#vocabulary = vocabulary;
    const trigrams = new Map<string, number>();
    for (let i = 2; i < tokens.length; i++) {
      const key = `${tokens[i - 2]} ${tokens[i - 1]} ${tokens[i]}`;
      trigrams.set(key, (trigrams.get(key) ?? 0) + 1);
    }
    const shortened = (longer: Map<string, number>): Map<string, number> => {
      const shorter = new Map<string, number>();
      for (const key of longer.keys()) {
        const tail = key.slice(key.indexOf(' ') + 1);
        shorter.set(tail, (shorter.get(tail) ?? 0) + 1);
      }
      return shorter;
    };
    const bigrams = shortened(trigrams);
    this.#counts = [shortened(bigrams), bigrams, trigrams];
  }

  probability(history: readonly number[], token: number): number {
    const { [history.length]: counts } = this.#counts;
    const lower = history.length === 0 ? 1 / this.#vocabulary : this.probability(history.slice(1), token);
    const discount = this.#discount(counts!);
    const begin = history.map((t) => `${t} `).join('');
    const depth = history.length + 1;
    const followers = [...counts!].filter(
      ([key]) => key.startsWith(begin) && key.split(' ').length === depth,
    );
    const total = followers.reduce((sum, [, count]) => sum + count, 0);
    if (total === 0) return lower;
    const left = followers.reduce((sum, [, count]) => sum + discount(count), 0) / total;
    const count = counts!.get(`${begin}${token}`) ?? 0;
    return Math.max(count - discount(count), 0) / total + left * lower;
  }

  #discount(counts: ReadonlyMap<string, number>): (count: number) => number {
    const n = (times: number) => [...counts.values()].filter((count) => count === times).length;
    const y = n(1) / (n(1) + 2 * n(2));
    const estimated = [1 - (2 * y * n(2)) / n(1), 2 - (3 * y * n(3)) / n(2), 3 - (4 * y * n(4)) / n(3)];
    const usable = estimated.every((d, i) => d >= 0 && d <= i + 1);
    const [one, two, more] = usable ? estimated : [0.5, 1, 1.5];
    return (count) => (count === 0 ? 0 : count === 1 ? one! : count === 2 ? two! : more!);
  }
}
