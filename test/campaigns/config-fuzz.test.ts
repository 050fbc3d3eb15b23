import { expect, it } from 'vitest';
import { configFuzz } from './config-fuzz.ts';

it('ends every file in a configuration or in what is wrong with it', () => {
  const { inputs, accepted, refused } = configFuzz({ seed: 4, runs: 2000 });
  expect(inputs).toBeGreaterThanOrEqual(2000);
  expect(accepted + refused).toBe(inputs);
  // Otherwise the fuzzer would not get anywhere.
  expect(accepted).toBeGreaterThan(inputs / 10);
  expect(refused).toBeGreaterThan(inputs / 10);
});
