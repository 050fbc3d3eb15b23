import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeModel, Graph } from '../../../model/onnx/graph.ts';
import { add } from '../../../model/onnx/ops/add.ts';
import { dropout } from '../../../model/onnx/ops/dropout.ts';
import { linear } from '../../../model/onnx/ops/linear.ts';
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

  it('computes no gradient that does not lead to a wanted value', () => {
    const nodesFor = (wanted: 'a' | 'w' | undefined) => {
      const graph = new Graph();
      const tape = new Tape(graph);
      const input = (name: string, shape: number[]) => graph.input(name, 'float32', shape);
      const [x, w, bias, a] = [
        input('x', [4, 3]),
        input('w', [3, 5]),
        input('bias', [5]),
        input('a', [4, 5]),
      ];
      const y = add(tape, linear(tape, x, w, bias), a);
      const before = encodeModel(graph).length;
      const leaves = { a, w };
      const gradientAt = tape.gradientsFrom([[y, y]], wanted && [leaves[wanted]]);
      for (const [name, leaf] of Object.entries(leaves)) {
        if (wanted === undefined || name === wanted) expect(gradientAt(leaf).shape).toEqual(leaf.shape);
        else expect(() => gradientAt(leaf)).toThrow(RangeError);
      }
      return encodeModel(graph).length - before;
    };
    expect(nodesFor('a')).toBe(0);
    expect(nodesFor('w')).toBeGreaterThan(0);
    expect(nodesFor('w')).toBeLessThan(nodesFor(undefined) / 2);
  });

  it('refuses to invent a gradient', () => {
    const graph = new Graph();
    const tape = new Tape(graph);
    const [x, z] = [graph.input('x', 'float32', [1]), graph.input('z', 'float32', [1])];
    const gradientAt = tape.gradientsFrom([[add(tape, x, x), graph.scalar(1)]]);
    expect(() => gradientAt(z)).toThrow(/no gradient reaches z/);
  });
});
