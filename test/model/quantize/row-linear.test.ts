import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeModel, Graph } from '../../../model/onnx/graph.ts';
import { quantizeColumns, rowQuantizedLinear } from '../../../model/quantize/row-linear.ts';
import { RandomStream } from '../../../model/random.ts';
import { exactIntegerProducts } from '../../../model/runtime/integer-products.ts';
import { relativeRms } from './relative-rms.ts';

const INPUTS = 96;
const OUTPUTS = 64;
const random = RandomStream.seeded(7);
const normals = (count: number) => Float32Array.from({ length: count }, () => random.normal());
const weight = normals(INPUTS * OUTPUTS);
const bias = normals(OUTPUTS);

describe('columns', () => {
  it('keep a scale each, from the column’s greatest magnitude', () => {
    const { codes, scales } = quantizeColumns(Float32Array.of(1, 0, -20, -2, 0, 10), 2, 3);
    expect([...scales]).toEqual([2 / 127, 0, 20 / 127].map(Math.fround));
    expect([...codes]).toEqual([64, 0, -127, -127, 0, 64]);
  });
});

describe('the linear layer with 8-bit rows', () => {
  let session: InferenceSession;
  let model: Uint8Array;
  beforeAll(async () => {
    const g = new Graph();
    const x = g.input('x', 'float32', ['n', INPUTS]);
    const matrix = quantizeColumns(weight, INPUTS, OUTPUTS);
    g.output(rowQuantizedLinear(g, x, 'layer', matrix, g.constant('bias', 'float32', [OUTPUTS], bias)), 'y');
    model = encodeModel(g);
    session = await InferenceSession.create(model, {
      intraOpNumThreads: 1,
      logSeverityLevel: 3,
      ...exactIntegerProducts(),
    });
  });
  afterAll(() => session.release());

  async function apply(x: Float32Array): Promise<Float32Array> {
    const { y } = await session.run({ x: new Tensor('float32', x, [x.length / INPUTS, INPUTS]) });
    return y!.data as Float32Array;
  }

  const expected = (x: Float32Array): Float32Array =>
    Float32Array.from({ length: (x.length / INPUTS) * OUTPUTS }, (_, i) => {
      const row = Math.floor(i / OUTPUTS);
      const column = i % OUTPUTS;
      let sum = bias[column]!;
      for (let k = 0; k < INPUTS; k++) sum += x[row * INPUTS + k]! * weight[k * OUTPUTS + column]!;
      return sum;
    });

  it('is the float layer within a hundredth', async () => {
    const x = normals(40 * INPUTS);
    expect(relativeRms(await apply(x), expected(x))).toBeLessThan(0.01);
  });

  it('gives a row the same bits whatever rows are beside it', async () => {
    const row = normals(INPUTS);
    const alone = await apply(row);
    for (const [others, size] of [
      [1, 1],
      [7, 1e6],
      [63, 1e-6],
    ] as const) {
      const x = new Float32Array((others + 1) * INPUTS);
      x.set(normals(others * INPUTS).map((value) => value * size));
      x.set(row, others * INPUTS);
      expect((await apply(x)).subarray(others * OUTPUTS)).toEqual(alone);
    }
  });

  it('gives the same bits by the kernels for processors whose usual ones overflow', async () => {
    // Rows and columns at their greatest magnitude: the sums of pairs that 16 bits cannot hold.
    const x = new Float32Array(3 * INPUTS).fill(1);
    const usual = await apply(x);
    const precise = await InferenceSession.create(model, {
      intraOpNumThreads: 1,
      logSeverityLevel: 3,
      ...exactIntegerProducts(true),
    });
    const { y } = await precise.run({ x: new Tensor('float32', x, [3, INPUTS]) });
    await precise.release();
    expect(y!.data).toEqual(usual);
    expect(relativeRms(usual, expected(x))).toBeLessThan(0.01);
  });

  it('gives the bias for a row of zeros', async () => {
    expect(await apply(new Float32Array(INPUTS))).toEqual(bias);
  });
});
