import { expect, it } from 'vitest';
import { intakeFuzz } from './intake-fuzz.ts';

it('takes what is good of any payload and refuses the rest', () => {
  const { inputs, readings, refused } = intakeFuzz({ seed: 4, runs: 5000 });
  expect(inputs).toBeGreaterThanOrEqual(5000);
  // Otherwise the fuzzer would not get anywhere.
  expect(Math.min(readings, refused)).toBeGreaterThan(500);
});
