import { describe, expect, it } from 'vitest';
import { gptTensors } from '../../../../model/weights.ts';
import { TrainingSession } from '../../../../trainer/engines/onnx/training-session.ts';
import {
  goldenShape,
  goldenSize,
  goldenSmoothing,
  readGolden,
  relativeError,
} from '../../../fixtures/golden-gradients/read.ts';

const golden = readGolden();
const open = (labelSmoothing = 0) =>
  TrainingSession.create({ shape: goldenShape, ...goldenSize, weights: golden.weights, labelSmoothing });

describe('gradients against PyTorch', () => {
  it('agree in every tensor', async () => {
    const session = await open();
    const { lossNats, gradNorm } = await session.forwardBackward(golden.batch);
    expect(lossNats).toBeCloseTo(golden.floats('loss')[0]!, 5);

    const gradients = session.parameters.views('gradient');
    let squares = 0;
    for (const { name } of gptTensors(goldenShape)) {
      const expected = golden.floats(`gradient.${name}`);
      squares += expected.reduce((sum, g) => sum + g * g, 0);
      const actual = gradients.get(name)!;
      if (name.endsWith('c_attn.bias')) {
        // A constant added to all keys changes no softmax: this third of the gradient is zero but for rounding.
        const { width } = goldenShape;
        for (const part of [expected, actual]) {
          for (const g of part.subarray(width, 2 * width)) expect(Math.abs(g)).toBeLessThan(1e-7);
        }
      }
      // float32 against float64.
      expect(relativeError(actual, expected), name).toBeLessThan(3e-6);
    }
    expect(gradNorm).toBeCloseTo(Math.sqrt(squares), 5);
    await session.release();
  });

  it('agree with label smoothing', async () => {
    const session = await open(goldenSmoothing);
    const { lossNats } = await session.forwardBackward(golden.batch);
    expect(lossNats).toBeCloseTo(golden.floats('smoothed.loss')[0]!, 5);
    const gradient = session.parameters.views('gradient').get('wte.weight')!;
    expect(relativeError(gradient, golden.floats('smoothed.gradient.wte.weight'))).toBeLessThan(3e-6);
    await session.release();
  });
});
