import { expect, it } from 'vitest';
import { transpose } from '../../../../model/runtime/decoder/transpose.ts';

it.each([
  [1, 1],
  [3, 70],
  [64, 32],
  [33, 65],
])('turns %i rows of %i columns', (rows, columns) => {
  const values = Float32Array.from({ length: rows * columns }, (_, i) => i);
  const turned = new Float32Array(values.length);
  transpose(values, rows, columns, turned);
  for (const [at, value] of turned.entries()) {
    expect(value).toBe((at % rows) * columns + Math.floor(at / rows));
  }
});

it('writes rows as far apart as it is told, and nothing between them', () => {
  const turned = new Uint8Array(8).fill(9);
  transpose(Uint8Array.of(1, 2, 3, 4), 2, 2, turned, 4);
  expect([...turned]).toEqual([1, 3, 9, 9, 2, 4, 9, 9]);
});
