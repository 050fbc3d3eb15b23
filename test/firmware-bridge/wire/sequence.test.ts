import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sequence } from '../../../firmware-bridge/wire/sequence.ts';

const taking = (...numbers: readonly number[]) => {
  const sequence = new Sequence();
  const fresh = numbers.map((number) => sequence.take(number));
  return { sequence, fresh, lost: sequence.lost };
};

describe('the count of what is lost', () => {
  it.each([
    ['nothing', [5, 6, 7], 0],
    ['one', [5, 7], 1],
    ['a stretch', [5, 105], 99],
    ['nothing at the wrap', [0xfffffffe, 0xffffffff, 0, 1], 0],
    ['two across the wrap', [0xfffffffe, 1], 2],
    ['nothing when they only come late', [5, 8, 6, 7], 0],
    ['nothing when the first comes second', [6, 5, 7], 0],
    ['one before the first, when something older comes late', [6, 4, 7], 1],
    ['nothing twice', [5, 5, 5, 6], 0],
  ])('is %s for %j', (_, numbers, lost) => {
    expect(taking(...numbers).lost).toBe(lost);
  });

  it('knows by the end what came last', () => {
    const { sequence } = taking(5, 6);
    sequence.expect(10);
    expect(sequence.lost).toBe(3);
    expect(sequence.take(8)).toBe(1);
    expect(sequence.lost).toBe(2);
  });

  it('takes stretches, and the new part of those that overlap', () => {
    const sequence = new Sequence();
    sequence.take(0, 10);
    sequence.take(20, 10);
    expect(sequence.take(8, 4)).toBe(2);
    expect(sequence.take(18, 20)).toBe(10);
    expect(sequence.lost).toBe(6);
  });

  it('goes on for ever', () => {
    const { sequence } = taking(0);
    for (let number = 0; number < 2 ** 33; number += 2 ** 27) sequence.expect(number >>> 0);
    expect(sequence.lost).toBe(2 ** 33 - 2 ** 27 - 1);
    expect(sequence.take((2 ** 33 - 2 ** 27 - 1) >>> 0)).toBe(1);
    expect(sequence.take((2 ** 33 - 2 ** 27 - 1) >>> 0)).toBe(0);
  });

  it('tells new from old whatever comes in whatever order', () => {
    const numbers = fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 100 });
    const start = fc.constantFrom(0, 100, 2 ** 31 - 30, 2 ** 32 - 30);
    fc.assert(
      fc.property(numbers, start, (offsets, from) => {
        const { fresh, lost } = taking(...offsets.map((offset) => (from + offset) >>> 0));
        const seen = new Set<number>();
        expect(fresh).toEqual(
          offsets.map((offset) => Number(!seen.has(offset) && seen.add(offset).size > 0)),
        );
        expect(lost).toBe(Math.max(...offsets) - Math.min(...offsets) + 1 - seen.size);
      }),
    );
  });
});
