import { Tensor } from 'onnxruntime-node';
import type { GptShape } from '../../../model/shape.ts';
import { type GptWeights, type TensorSpec, weightOf } from '../../../model/weights.ts';
import { headPieces } from './head-pieces.ts';

/** Views of what is learnt as the graphs want it: of the positions only the rows in use. */
export const asTensors = (
  specs: readonly TensorSpec[],
  values: GptWeights,
  tokens: number,
): Record<string, Tensor> =>
  Object.fromEntries(
    specs.map(({ name, shape }) => {
      const view = weightOf(values, name);
      const [, width] = shape;
      const tensor =
        name === 'wpe.weight'
          ? new Tensor('float32', view.subarray(0, tokens * width!), [tokens, width!])
          : new Tensor('float32', view, shape);
      return [name, tensor];
    }),
  );

/** Views of the token table, or of its gradient, in the pieces of the tied head. */
export const headTensors = (shape: GptShape, table: Float32Array): Record<string, Tensor> =>
  Object.fromEntries(
    headPieces(shape).map(({ name, from, to }) => {
      const rows = table.subarray(from * shape.width, to * shape.width);
      return [name, new Tensor('float32', rows, [to - from, shape.width])];
    }),
  );

/** table[ids[i]] += rows[i]: the backward pass of a table look-up. */
export function addRows(table: Float32Array, rows: Float32Array, ids: Int32Array, width: number): void {
  for (let i = 0; i < ids.length; i++) {
    const to = ids[i]! * width;
    const from = i * width;
    for (let j = 0; j < width; j++) table[to + j]! += rows[from + j]!;
  }
}
