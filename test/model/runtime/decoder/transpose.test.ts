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
