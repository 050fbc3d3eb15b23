import { expect, it } from 'vitest';
import { Graph } from '../../../model/onnx/graph.ts';
import { peakLiveBytes } from '../../../model/onnx/live-bytes.ts';

it('is the most that is alive at one time', () => {
  const g = new Graph();
  const x = g.input('x', 'float32', [100]);
  const a = g.node('Exp', [x], [100]);
  const b = g.node('Exp', [a], [100]);
  // While c is made of a and b, all three are alive; a and b are not afterwards.
  const c = g.node('Concat', [a, b], [200]);
  const d = g.node('Exp', [c], [200]);
  g.output(g.node('ReduceSum', [d], []), 'sum');
  expect(peakLiveBytes(g)).toBe(4 * 400);
});

it('takes a view for what it looks at, and keeps results to the end', () => {
  const g = new Graph();
  const x = g.input('x', 'float32', [100]);
  const a = g.node('Exp', [x], [100]);
  g.output(g.node('Cast', [x], [100], { type: 'int64' }), 'early');
  const view = g.node('Reshape', [a, g.integers([10, 10])], [10, 10]);
  g.output(g.node('Exp', [view], [10, 10]), 'late');
  expect(peakLiveBytes(g)).toBe(8 * 100 + 2 * 4 * 100);
});
