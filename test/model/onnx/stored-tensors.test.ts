import { describe, expect, it } from 'vitest';
import { encodeModel, Graph } from '../../../model/onnx/graph.ts';
import { rawTensors, storedTensors } from '../../../model/onnx/stored-tensors.ts';
import { servingGraph } from '../../../model/serving-graph.ts';
import { selectWeights } from '../../../model/weights.ts';
import { TinyError } from '../../../protocols/errors.ts';
import { opinionatedWeights } from '../runtime/random-model.ts';

const shape = { layers: 2, width: 32, heads: 2, context: 12, vocab: 40 };

describe('the tensors stored in an ONNX file', () => {
  it('are the weights the serving graph was made from, bit for bit', () => {
    const weights = opinionatedWeights(shape);
    const read = selectWeights(shape, storedTensors(servingGraph(shape, weights)), 'the file');
    expect(read).toEqual(weights);
  });

  it('are read from any alignment; other types are passed over', () => {
    const g = new Graph();
    g.constant('floats', 'float32', [2, 1], Float32Array.of(0.5, -1e-30));
    g.constant('scalar', 'float32', [], Float32Array.of(3));
    g.constant('bytes', 'uint8', [3], Uint8Array.of(1, 2, 3));
    const file = encodeModel(g);
    for (const offset of [0, 1, 2, 3]) {
      const moved = new Uint8Array(file.length + offset).subarray(offset);
      moved.set(file);
      expect(storedTensors(moved)).toMatchObject(
        new Map([
          ['floats', { dtype: 'F32', shape: [2, 1], data: Float32Array.of(0.5, -1e-30) }],
          ['scalar', { dtype: 'F32', shape: [], data: Float32Array.of(3) }],
        ]),
      );
    }
  });

  it('are found in branches too, as views of the file', () => {
    const g = new Graph();
    const branches = [1, 2].map((code) => {
      const branch = new Graph(g);
      branch.output(branch.constant(`codes ${code}`, 'int8', [2], Int8Array.of(code, -code)));
      return branch;
    });
    const condition = g.input('condition', 'bool', []);
    const [then_branch, else_branch] = branches as [Graph, Graph];
    g.output(g.node('If', [condition], [2], { attributes: { then_branch, else_branch }, type: 'int8' }));
    const file = encodeModel(g);
    const tensors = rawTensors(file);
    expect([...tensors.keys()]).toEqual(['codes 1', 'codes 2']);
    expect(tensors.get('codes 2')).toEqual({ type: 'int8', shape: [2], bytes: Uint8Array.of(2, 254) });
    expect(tensors.get('codes 2')!.bytes.buffer).toBe(file.buffer);
  });

  it('are refused whole when the file is cut anywhere, or is none', () => {
    const g = new Graph();
    g.constant('floats', 'float32', [3], Float32Array.of(1, 2, 3));
    const file = encodeModel(g);
    for (let length = file.length - 1; length > file.length - 40; length--) {
      expect(() => storedTensors(file.subarray(0, length), 'cut.onnx')).toThrow(
        /^cut.onnx is not a usable ONNX/,
      );
    }
    expect(() => storedTensors(new TextEncoder().encode('not a model'))).toThrow(TinyError);
  });
});
