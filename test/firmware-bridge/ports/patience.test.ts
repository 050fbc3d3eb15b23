import { expect, it } from 'vitest';
import { Patience } from '../../../firmware-bridge/ports/patience.ts';

it('doubles while opening anew does not help, up to ten minutes, and starts over when it does', () => {
  const patience = new Patience(30_000);
  const waits = [];
  for (let i = 0; i < 6; i++) {
    waits.push(patience.ms / 1000);
    patience.gaveUp();
  }
  expect(waits).toEqual([30, 60, 120, 240, 480, 600]);
  patience.heard(10);
  expect(patience.ms).toBe(30_000);
});

it('comes to know a board that speaks once a minute', () => {
  const patience = new Patience(30_000);
  patience.gaveUp();
  patience.gaveUp();
  patience.heard(60_000);
  patience.heard(59_000);
  expect(patience.ms).toBe(120_000);
});

it('waits for ever, or longer than ten minutes, when told so', () => {
  expect(new Patience(Number.POSITIVE_INFINITY).ms).toBe(Number.POSITIVE_INFINITY);
  const patience = new Patience(3_600_000);
  patience.gaveUp();
  expect(patience.ms).toBe(3_600_000);
});
