import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeModel, Graph } from '../../../model/onnx/graph.ts';
import { add } from '../../../model/onnx/ops/add.ts';
import { dropout } from '../../../model/onnx/ops/dropout.ts';
import { Tape } from '../../../model/onnx/tape.ts';

describe('Tape', () => {
  it('adds up the gradients of a value that is used several times', async () => {
    const graph = new Graph();
    const tape = new Tape(graph);
    const x = graph.input('x', 'float32', [2]);
    const c = graph.input('c', 'float32', [2]);
    // y = (x + c x) + x, so dy/dx = 2 + c
    const y = add(tape, add(tape, x, dropout(tape, x, c)), x);
    const gradientAt = tape.gradientsFrom([[y, graph.input('dy', 'float32', [2])]]);
    graph.output(gradientAt(x), 'dx');
    const session = await InferenceSession.create(encodeModel(graph), { intraOpNumThreads: 1 });
    const vector = (...values: number[]) => new Tensor('float32', values, [2]);
    const { dx } = await session.run({ x: vector(5, 7), c: vector(3, 10), dy: vector(1, 2) });
    expect([...(dx!.data as Float32Array)]).toEqual([5, 24]);
    await session.release();
  });

  it('refuses to invent a gradient', () => {
    const graph = new Graph();
    const tape = new Tape(graph);
    const [x, z] = [graph.input('x', 'float32', [1]), graph.input('z', 'float32', [1])];
    const gradientAt = tape.gradientsFrom([[add(tape, x, x), graph.scalar(1)]]);
    expect(() => gradientAt(z)).toThrow(/no gradient reaches z/);
  });
});
