import { ELEMENT_BYTES, type Graph, type Value } from './graph.ts';

/**
 * The most bytes that the values computed by a graph take at one time, when its nodes run in their order and each value is
 * freed behind the last node that reads it. Inputs and constants are not counted, results are, up to the end.
 * The graph must not be written yet, and every size in it a number.
 */
export function peakLiveBytes(graph: Graph): number {
  const { pending, results } = graph;
  const buffers = new Map<string, Buffer>();
  for (const [index, { opType, inputs, outputs }] of pending.entries()) {
    for (const value of inputs) {
      const buffer = value && buffers.get(value.name);
      if (buffer) buffer.lastRead = index;
    }
    for (const value of outputs) {
      const viewed = opType === 'Reshape' ? buffers.get(inputs[0]!.name) : undefined;
      buffers.set(value.name, viewed ?? { made: index, lastRead: index, bytes: bytesOf(value) });
    }
  }
  for (const { name } of results) {
    const buffer = buffers.get(name);
    if (buffer) buffer.lastRead = pending.length;
  }
  const change = new Float64Array(pending.length + 2);
  for (const { made, lastRead, bytes } of new Set(buffers.values())) {
    change[made]! += bytes;
    change[lastRead + 1]! -= bytes;
  }
  let [live, peak] = [0, 0];
  for (const bytes of change) {
    live += bytes;
    peak = Math.max(peak, live);
  }
  return peak;
}

/** Memory of a value, and of those that are views of it. */
interface Buffer {
  readonly made: number;
  lastRead: number;
  readonly bytes: number;
}

const bytesOf = ({ type, shape }: Value): number =>
  shape.reduce<number>((product, size) => product * Number(size), ELEMENT_BYTES[type]);
