import { expect, it } from 'vitest';
import { wireFuzz } from './wire-fuzz.ts';

it('lets nothing bad through whatever a port carries, and hears the same in pieces', () => {
  const { inputs, readings, refused, damaged } = wireFuzz({ seed: 4, runs: 3000 });
  expect(inputs).toBeGreaterThanOrEqual(3000);
  // Otherwise the fuzzer would not get anywhere.
  expect(Math.min(readings, refused, damaged)).toBeGreaterThan(100);
});
