import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel, Graph, type Value } from '../../model/onnx/graph.ts';
import { exactIntegerProducts } from '../../model/runtime/integer-products.ts';
import type { MachinePeaks } from './floors.ts';

/** A process that measures what the cores it is pinned to can do at best: `PeakOrder` in, `MachinePeaks` out. */
export interface PeakOrder {
  readonly threads: number;
  /** How much is read at a time. */
  readonly readBytes: readonly number[];
}

process.on('message', async (order: PeakOrder) => void process.send!(await peaks(order)));

/** Large enough to be computed at the peak, with a small result: results are copied. */
const ROWS = 256;
const DEPTH = 4096;
const COLUMNS = 1024;
const OPERATIONS = 2 * ROWS * DEPTH * COLUMNS;
/** The fastest of so many counts. */
const TRIES = 15;
const FLOAT_BYTES = 4;

async function peaks({ threads, readBytes }: PeakOrder): Promise<MachinePeaks> {
  const floats = await fastestMs(threads, floatProduct(ROWS, DEPTH, COLUMNS));
  const integers = await fastestMs(threads, integerProduct());
  const reads: { bytes: number; gbPerS: number }[] = [];
  for (const bytes of readBytes) {
    const columns = Math.ceil(bytes / FLOAT_BYTES / DEPTH);
    const ms = Math.min(
      await fastestMs(threads, floatProduct(1, DEPTH, columns)),
      await fastestMs(threads, sum(DEPTH, columns)),
    );
    reads.push({ bytes, gbPerS: (FLOAT_BYTES * DEPTH * columns) / ms / 1e6 });
  }
  return { floatGflops: OPERATIONS / floats / 1e6, integerGops: OPERATIONS / integers / 1e6, reads };
}

interface Trial {
  readonly model: Uint8Array;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

async function fastestMs(threads: number, { model, feeds }: Trial): Promise<number> {
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    ...exactIntegerProducts(),
  });
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES; i++) {
    const startMs = performance.now();
    await session.run(feeds);
    fastest = Math.min(fastest, performance.now() - startMs);
  }
  await session.release();
  return fastest;
}

function floatProduct(rows: number, depth: number, columns: number): Trial {
  const g = new Graph();
  const x = g.input('x', 'float32', [rows, depth]);
  const weights = new Float32Array(depth * columns).fill(0.5);
  const w = g.constant('w', 'float32', [depth, columns], weights);
  const feeds = { x: new Tensor('float32', new Float32Array(rows * depth).fill(0.5), [rows, depth]) };
  return trial(g, g.node('MatMul', [x, w], [rows, columns]), feeds);
}

function integerProduct(): Trial {
  const g = new Graph();
  const x = g.input('x', 'uint8', [ROWS, DEPTH]);
  const w = g.constant('w', 'int8', [DEPTH, COLUMNS], new Int8Array(DEPTH * COLUMNS).fill(3));
  const feeds = { x: new Tensor('uint8', new Uint8Array(ROWS * DEPTH).fill(3), [ROWS, DEPTH]) };
  return trial(g, g.node('MatMulInteger', [x, w], [ROWS, COLUMNS], { type: 'int32' }), feeds);
}

function sum(rows: number, columns: number): Trial {
  const g = new Graph();
  const x = g.input('x', 'float32', [rows, columns]);
  const feeds = { x: new Tensor('float32', new Float32Array(rows * columns).fill(0.5), [rows, columns]) };
  const options = { attributes: { keepdims: 0 } };
  return trial(g, g.node('ReduceSum', [x, g.integers([1])], [rows], options), feeds);
}

function trial(g: Graph, result: Value, feeds: Trial['feeds']): Trial {
  g.output(result, 'result');
  return { model: encodeModel(g), feeds };
}
