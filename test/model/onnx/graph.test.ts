import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeModel, Graph } from '../../../model/onnx/graph.ts';

async function run(graph: Graph, feeds: Record<string, Tensor>) {
  const session = await InferenceSession.create(encodeModel(graph), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const results = await session.run(feeds);
  await session.release();
  return results;
}

describe('Graph', () => {
  it('carries every kind of attribute to the runtime', async () => {
    const g = new Graph();
    const x = g.input('x', 'float32', ['rows', 3]);
    const turned = g.node('Transpose', [x], [3, 'rows'], { attributes: { perm: [1, 0] } });
    const leaky = g.node('LeakyRelu', [turned], turned.shape, { attributes: { alpha: { float: 0.5 } } });
    g.output(g.node('Gelu', [leaky], leaky.shape, { attributes: { approximate: 'tanh' } }), 'gelu');
    g.output(g.node('Softmax', [leaky], leaky.shape, { attributes: { axis: 0 } }), 'softmax');
    g.output(g.node('Clip', [leaky, null, g.scalar(1)], leaky.shape), 'clipped');
    const { gelu, softmax, clipped } = await run(g, {
      x: new Tensor('float32', [1, -2, 3, -4, 5, -6], [2, 3]),
    });
    expect([...(clipped!.data as Float32Array)]).toEqual([1, -2, -1, 1, 1, -3]);
    expect(gelu!.dims).toEqual([3, 2]);
    expect((gelu!.data as Float32Array)[0]).toBeCloseTo(0.841192, 5);
    const columns = softmax!.data as Float32Array;
    expect(columns[0]! + columns[2]! + columns[4]!).toBeCloseTo(1, 6);
  });

  it('lets both branches of an If read the values around it', async () => {
    const g = new Graph();
    const condition = g.input('condition', 'bool', []);
    const x = g.input('x', 'float32', [2]);
    const [doubled, negated] = [new Graph(g), new Graph(g)];
    doubled.output(doubled.node('Mul', [x, doubled.scalar(2)], [2]));
    negated.output(negated.node('Neg', [x], [2]));
    const attributes = { then_branch: doubled, else_branch: negated };
    g.output(g.node('If', [condition], [2], { attributes, type: 'float32' }), 'y');
    const x12 = new Tensor('float32', [1, 2], [2]);
    for (const [flag, expected] of [
      [1, [2, 4]],
      [0, [-1, -2]],
    ] as const) {
      const { y } = await run(g, { condition: new Tensor('bool', Uint8Array.of(flag), []), x: x12 });
      expect([...(y!.data as Float32Array)]).toEqual(expected);
    }
  });

  it('stores equal scalars and shapes once', () => {
    const g = new Graph();
    expect(g.scalar(0.5)).toBe(g.scalar(0.5));
    expect(g.scalar(0.5)).not.toBe(g.scalar(0.25));
    expect(g.integers([1, 2])).toBe(g.integers([1, 2]));
    expect(g.integers([12])).not.toBe(g.integers([1, 2]));
  });

  it('publishes a value that others read, under two names too, and an input', async () => {
    const g = new Graph();
    const x = g.input('x', 'float32', [2]);
    const doubled = g.node('Mul', [x, g.scalar(2)], [2]);
    g.output(doubled, 'doubled');
    g.output(doubled, 'again');
    g.output(g.node('Neg', [doubled], [2]), 'negated');
    g.output(x, 'as it came');
    const results = await run(g, { x: new Tensor('float32', [1, 2], [2]) });
    const values = Object.entries(results).map(([name, { data }]) => [name, ...(data as Float32Array)]);
    expect(values).toEqual([
      ['doubled', 2, 4],
      ['again', 2, 4],
      ['negated', -2, -4],
      ['as it came', 1, 2],
    ]);
  });

  it('refuses two outputs of one name', () => {
    const g = new Graph();
    const x = g.input('x', 'float32', [1]);
    g.output(x, 'y');
    expect(() => g.output(x, 'y')).toThrow(/two outputs/);
  });
});
