import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeModel, Graph } from '../../../../model/onnx/graph.ts';
import { tiedCrossEntropy } from '../../../../model/onnx/ops/cross-entropy.ts';
import { Tape } from '../../../../model/onnx/tape.ts';
import { RandomStream } from '../../../../model/random.ts';
import { relativeError } from '../../../fixtures/golden-gradients/read.ts';

const [ROWS, WIDTH, VOCABULARY] = [6, 5, 17];
const random = RandomStream.seeded(5);
const normals = (length: number) => Float32Array.from({ length }, () => random.normal());
const x = normals(ROWS * WIDTH);
const table = normals(VOCABULARY * WIDTH);
const targets = [0, 16, 3, 9, 9, 12];
const rowWeights = Float32Array.of(0.3, 0.1, 0.2, 0, 0.25, 0.15);
const rowOf = (id: number): Float32Array => table.subarray(id * WIDTH, (id + 1) * WIDTH);

/** With the head in pieces of so many rows: the loss, and the whole gradients at x and at the table. */
async function inPieces(sizes: readonly number[], labelSmoothing: number) {
  const graph = new Graph();
  const tape = new Tape(graph);
  const feeds: Record<string, Tensor> = {};
  const input = (name: string, values: Float32Array, columns: number) => {
    const shape = [values.length / columns, columns];
    feeds[name] = new Tensor('float32', values, shape);
    return graph.input(name, 'float32', shape);
  };
  let begin = 0;
  const pieces = sizes.map((size, i) => {
    const rows = table.slice(begin * WIDTH, (begin + size) * WIDTH);
    begin += size;
    return input(`piece ${i}`, rows, WIDTH);
  });
  const expected = Float32Array.from(targets.flatMap((id) => [...rowOf(id)]));
  const v = { x: input('x', x, WIDTH), targets: input('targets', expected, WIDTH) };
  const loss = tiedCrossEntropy(tape, v.x, pieces, {
    targets: v.targets,
    rowWeights: input('row weights', rowWeights, 1),
    labelSmoothing,
  });
  const gradientAt = tape.gradientsFrom([[loss, graph.scalar(1)]]);
  graph.output(loss, 'loss');
  graph.output(gradientAt(v.x), 'dx');
  graph.output(gradientAt(v.targets), 'dtargets');
  for (const [i, piece] of pieces.entries()) graph.output(gradientAt(piece), `dpiece ${i}`);
  const session = await InferenceSession.create(encodeModel(graph), { intraOpNumThreads: 1 });
  const outputs = await session.run(feeds);
  await session.release();
  const floats = (name: string) => outputs[name]!.data as Float32Array;
  const dTable = Float32Array.from(pieces.flatMap((_, i) => [...floats(`dpiece ${i}`)]));
  for (const [row, id] of targets.entries()) {
    for (let j = 0; j < WIDTH; j++) dTable[id * WIDTH + j]! += floats('dtargets')[row * WIDTH + j]!;
  }
  return { loss: floats('loss')[0]!, dX: floats('dx'), dTable };
}

/** The same in float64, by the definition. */
function byDefinition(labelSmoothing: number) {
  const dX = new Float32Array(ROWS * WIDTH);
  const dTable = new Float32Array(VOCABULARY * WIDTH);
  let loss = 0;
  for (let row = 0; row < ROWS; row++) {
    const of = x.subarray(row * WIDTH, (row + 1) * WIDTH);
    const logits = Array.from({ length: VOCABULARY }, (_, id) =>
      of.reduce((sum, value, j) => sum + value * rowOf(id)[j]!, 0),
    );
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    for (const [id, logit] of logits.entries()) {
      const wanted = (id === targets[row] ? 1 - labelSmoothing : 0) + labelSmoothing / VOCABULARY;
      const probability = Math.exp(logit) / total;
      loss -= rowWeights[row]! * wanted * Math.log(probability);
      const slope = rowWeights[row]! * (probability - wanted);
      for (let j = 0; j < WIDTH; j++) {
        dX[row * WIDTH + j]! += slope * rowOf(id)[j]!;
        dTable[id * WIDTH + j]! += slope * of[j]!;
      }
    }
  }
  return { loss, dX, dTable };
}

describe('the tied head', () => {
  it.each([
    { sizes: [17], smoothing: 0 },
    { sizes: [17], smoothing: 0.2 },
    { sizes: [4, 12, 1], smoothing: 0 },
    { sizes: [4, 12, 1], smoothing: 0.2 },
  ])(
    'in pieces of $sizes rows, smoothed by $smoothing, has the loss and gradients of its definition',
    async ({ sizes, smoothing }) => {
      const [computed, defined] = [await inPieces(sizes, smoothing), byDefinition(smoothing)];
      expect(computed.loss).toBeCloseTo(defined.loss, 5);
      expect(relativeError(computed.dX, defined.dX)).toBeLessThan(1e-6);
      expect(relativeError(computed.dTable, defined.dTable)).toBeLessThan(1e-6);
    },
  );

  it('stands scores far below zero, and a piece that no row gives any probability', async () => {
    const far = table.map((value, i) => (i < 4 * WIDTH ? value * 40 : value) - 60);
    const graph = new Graph();
    const pieces = [far.subarray(0, 4 * WIDTH), far.subarray(4 * WIDTH)].map((rows, i) => ({
      value: graph.input(`${i}`, 'float32', [rows.length / WIDTH, WIDTH]),
      fed: new Tensor('float32', rows, [rows.length / WIDTH, WIDTH]),
    }));
    const tape = new Tape(graph);
    const ones = graph.constant('ones', 'float32', [1, WIDTH], new Float32Array(WIDTH).fill(1));
    const target = graph.constant('target', 'float32', [1, WIDTH], far.slice(16 * WIDTH, 17 * WIDTH));
    const loss = tiedCrossEntropy(
      tape,
      ones,
      pieces.map(({ value }) => value),
      {
        targets: target,
        rowWeights: graph.constant('weight', 'float32', [1, 1], Float32Array.of(1)),
        labelSmoothing: 0,
      },
    );
    const gradientAt = tape.gradientsFrom([[loss, graph.scalar(1)]]);
    graph.output(loss, 'loss');
    for (const [i, { value }] of pieces.entries()) graph.output(gradientAt(value), `d${i}`);
    const session = await InferenceSession.create(encodeModel(graph), { intraOpNumThreads: 1 });
    const outputs = await session.run(Object.fromEntries(pieces.map(({ fed }, i) => [`${i}`, fed])));
    await session.release();
    for (const { data } of Object.values(outputs)) {
      expect((data as Float32Array).every(Number.isFinite)).toBe(true);
    }
  });
});
