import { describe, expect, it } from 'vitest';
import { encodeModel, Graph } from '../../../model/onnx/graph.ts';
import { storedTensors } from '../../../model/onnx/stored-tensors.ts';
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
