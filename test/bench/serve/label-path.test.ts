import { expect, it } from 'vitest';
import { tokensToTell } from '../../../bench/serve/label-path.ts';

const END = 0;
const LABELS = [
  [7, END],
  [7, 8, END],
  [7, 9, 3, END],
  [7, 9, 4, END],
  [5, 6, END],
];

it('a label whose first token is its own is told by it', () => {
  expect(tokensToTell(LABELS, 4)).toEqual([]);
});

it('what labels share must be written before they can be told apart', () => {
  expect(tokensToTell(LABELS, 0)).toEqual([7]);
  expect(tokensToTell(LABELS, 1)).toEqual([7]);
  expect(tokensToTell(LABELS, 3)).toEqual([7, 9]);
});

it('a label with which another one begins can never be told', () => {
  expect(() => tokensToTell([[1], [1, 2]], 0)).toThrow(RangeError);
});
