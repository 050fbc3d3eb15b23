import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import { type SamplingOptions, sampleToken } from '../../../model/runtime/sampling.ts';

/** How often each token is drawn. */
function drawn(logits: Float32Array, options: SamplingOptions, draws: number, seed = 1): number[] {
  const random = RandomStream.seeded(seed);
  const counts = new Array<number>(logits.length).fill(0);
  for (let i = 0; i < draws; i++) counts[sampleToken(logits, options, random)]!++;
  return counts;
}

const everDrawn = (logits: Float32Array, options: SamplingOptions): number[] =>
  drawn(logits, options, 2000).flatMap((count, id) => (count > 0 ? [id] : []));

/** Pearson's chi-square of counts against probabilities; tokens of probability zero are left out. */
function chiSquare(counts: readonly number[], probabilities: readonly number[]): number {
  const n = counts.reduce((a, b) => a + b, 0);
  return counts.reduce((sum, count, i) => {
    const expected = n * probabilities[i]!;
    return expected > 0 ? sum + (count - expected) ** 2 / expected : sum;
  }, 0);
}

const softmax = (logits: readonly number[], temperature: number): number[] => {
  const weights = logits.map((logit) => Math.exp(logit / temperature));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
};

// Probabilities 0.4, 0.1, 0.25, 0.05, 0.2
const logits = Float32Array.from([0.4, 0.1, 0.25, 0.05, 0.2], Math.log);

describe('greedy', () => {
  it('takes the greatest logit, the first of equals', () => {
    const random = RandomStream.seeded(1);
    for (let i = 0; i < 100; i++) {
      const values = Float32Array.from({ length: 50 }, () => random.normal());
      expect(sampleToken(values, { temperature: 0 }, random)).toBe(values.indexOf(Math.max(...values)));
    }
    expect(sampleToken(Float32Array.of(1, 3, 3, 2), { temperature: 0 }, random)).toBe(1);
  });

  it('does so whatever the limits say', () => {
    const options = { temperature: 0, topK: 3, topP: 0.9 };
    expect(everDrawn(logits, options)).toEqual([0]);
  });
});

describe('the set that is drawn from', () => {
  it.each([
    [{ topK: 1 }, [0]],
    [{ topK: 3 }, [0, 2, 4]],
    [{ topK: 99 }, [0, 1, 2, 3, 4]],
    [{ topP: 0 }, [0]],
    [{ topP: 0.39 }, [0]],
    [{ topP: 0.6 }, [0, 2]],
    [{ topP: 0.84 }, [0, 2, 4]],
    [{ topP: 0.86 }, [0, 1, 2, 4]],
    [{ topP: 1 }, [0, 1, 2, 3, 4]],
    // Of the best three, which have 0.85, half is 0.425.
    [{ topK: 3, topP: 0.5 }, [0, 2]],
    [{ topK: 1, topP: 0.99 }, [0]],
    [{}, [0, 1, 2, 3, 4]],
  ])('with %j is %j', (limits, ids) => {
    expect(everDrawn(logits, { temperature: 1, ...limits })).toEqual(ids);
  });

  it('takes the lower ids of equals, and never more than asked', () => {
    const flat = new Float32Array(10).fill(2);
    expect(everDrawn(flat, { temperature: 1, topK: 3 })).toEqual([0, 1, 2]);
    expect(everDrawn(flat, { temperature: 1, topP: 0.35 })).toEqual([0, 1, 2, 3]);
    expect(everDrawn(Float32Array.of(1, 5, 1, 1), { temperature: 1, topK: 2 })).toEqual([0, 1]);
  });

  it('judges topP after the temperature: a hot model spreads over more tokens', () => {
    expect(everDrawn(logits, { temperature: 0.2, topP: 0.8 })).toEqual([0]);
    expect(everDrawn(logits, { temperature: 5, topP: 0.8 })).toEqual([0, 1, 2, 4]);
  });
});

describe('frequencies', () => {
  // 99.99 % of chi-square with 4 degrees of freedom lie below 23.5; seeds are fixed, so the test is too.
  const BOUND = 23.5;
  const draws = 20_000;

  it.each([0.5, 1, 2])('follow the softmax at temperature %d', (temperature) => {
    const counts = drawn(logits, { temperature }, draws);
    expect(chiSquare(counts, softmax([...logits], temperature))).toBeLessThan(BOUND);
    expect(chiSquare(counts, softmax([...logits], temperature * 1.2))).toBeGreaterThan(BOUND);
  });

  it('are shared out anew among the tokens that are kept', () => {
    const counts = drawn(logits, { temperature: 1, topK: 3 }, draws);
    expect(chiSquare(counts, [0.4 / 0.85, 0, 0.25 / 0.85, 0, 0.2 / 0.85])).toBeLessThan(BOUND);
  });

  it('survive logits that overflow an exponential', () => {
    const large = Float32Array.of(1000, 1000, -1000);
    const counts = drawn(large, { temperature: 0.1 }, draws);
    expect(counts[2]).toBe(0);
    expect(chiSquare(counts, [0.5, 0.5, 0])).toBeLessThan(BOUND);
  });
});

it('draws the same with the same seed, and otherwise with another', () => {
  const random = RandomStream.seeded(9);
  const wide = Float32Array.from({ length: 500 }, () => random.normal());
  const series = (seed: number) => {
    const own = RandomStream.seeded(seed);
    return Array.from({ length: 50 }, () => sampleToken(wide, { temperature: 1 }, own));
  };
  expect(series(4)).toEqual(series(4));
  expect(series(4)).not.toEqual(series(5));
});
