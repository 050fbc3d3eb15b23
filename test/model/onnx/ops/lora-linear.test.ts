import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { encodeModel, Graph } from '../../../../model/onnx/graph.ts';
import { loraLinear } from '../../../../model/onnx/ops/lora-linear.ts';
import { Tape } from '../../../../model/onnx/tape.ts';
import { RandomStream } from '../../../../model/random.ts';

const SHAPES = {
  x: [5, 6],
  mask: [5, 6],
  w: [6, 4],
  bias: [4],
  down: [6, 2],
  up: [2, 4],
  dy: [5, 4],
} as const;
type Name = keyof typeof SHAPES;
const SCALE = 1.5;

/** Its output, and the gradients at input and adapters of sum(y dy). */
async function compute(values: Readonly<Record<Name, Float32Array>>) {
  const graph = new Graph();
  const tape = new Tape(graph);
  const names = Object.keys(SHAPES) as Name[];
  const v = Object.fromEntries(
    names.map((name) => [name, graph.input(name, 'float32', SHAPES[name])]),
  ) as Record<Name, ReturnType<Graph['input']>>;
  const y = loraLinear(tape, v.x, v.w, v.bias, { down: v.down, up: v.up, scale: SCALE, mask: v.mask });
  const gradientAt = tape.gradientsFrom([[y, v.dy]]);
  graph.output(y, 'y');
  for (const name of ['x', 'down', 'up'] as const) graph.output(gradientAt(v[name]), `d${name}`);
  const session = await InferenceSession.create(encodeModel(graph), { intraOpNumThreads: 1 });
  const feeds = names.map((name) => [name, new Tensor('float32', values[name], SHAPES[name])] as const);
  const outputs = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]),
  ) as Record<'y' | 'dx' | 'ddown' | 'dup', Float32Array>;
}

const random = RandomStream.seeded(8);
const values = Object.fromEntries(
  Object.entries(SHAPES).map(([name, shape]) => {
    const length = shape.reduce((product: number, n) => product * n, 1);
    return [
      name,
      Float32Array.from({ length }, () =>
        name === 'mask' ? 2 * Math.round(random.uniform()) : random.normal(),
      ),
    ];
  }),
) as Record<Name, Float32Array>;

const loss = ({ y }: { y: Float32Array }): number =>
  y.reduce((sum, value, i) => sum + value * values.dy[i]!, 0);

it.each(['x', 'down', 'up'] as const)(
  'a low-rank change has the gradient of finite differences at %s',
  async (name) => {
    const gradient = (await compute(values))[`d${name}`];
    // The loss is linear in each of them alone: a large step costs no accuracy.
    const step = 0.5;
    for (let i = 0; i < gradient.length; i++) {
      const moved = (by: number) => ({
        ...values,
        [name]: values[name].map((v, j) => (i === j ? v + by : v)),
      });
      const slope = (loss(await compute(moved(step))) - loss(await compute(moved(-step)))) / (2 * step);
      expect(Math.abs(gradient[i]! - slope)).toBeLessThan(1e-4 * (1 + Math.abs(slope)));
    }
  },
);
