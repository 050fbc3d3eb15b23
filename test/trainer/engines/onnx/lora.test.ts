import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../../model/random.ts';
import { gptTensors, initialWeights } from '../../../../model/weights.ts';
import { adaptedLayers, loraScale, mergeAdapters } from '../../../../trainer/engines/lora.ts';
import { TrainingSession } from '../../../../trainer/engines/onnx/training-session.ts';
import { loraSettings } from '../../../../trainer/finetune-settings.ts';
import {
  goldenShape,
  goldenSize,
  readGolden,
  relativeError,
} from '../../../fixtures/golden-gradients/read.ts';

/*
 * The gradients of all weights are tested against PyTorch (gradients.test.ts). Of these follow those of the adapters: for
 * W' = W + s A B they are dA = s dW' B^T and dB = s A^T dW'.
 */

const golden = readGolden();
const settings = loraSettings.parse({ rank: 3, alpha: 6 });
const open = (more: object = {}) =>
  TrainingSession.create({
    shape: goldenShape,
    ...goldenSize,
    weights: golden.weights,
    lora: { settings: { ...settings, ...more }, seed: 1 },
  });
const update = { lr: 0.01, beta1: 0.9, beta2: 0.99, weightDecay: 0.01, clip: 1, eps: 1e-8, averageRate: 0.5 };

/** (rows, inner) x (inner, columns), either read transposed. */
function product(
  a: Float32Array,
  b: Float32Array,
  rows: number,
  inner: number,
  columns: number,
  t: 'a' | 'b',
) {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let k = 0; k < inner; k++) {
        const left = t === 'a' ? a[k * rows + i]! : a[i * inner + k]!;
        const right = t === 'b' ? b[j * inner + k]! : b[k * columns + j]!;
        result[i * columns + j]! += left * right;
      }
    }
  }
  return result;
}

/** Adapters that have moved away from zero. */
async function moved() {
  const session = await open();
  const random = RandomStream.seeded(5);
  for (const values of session.parameters.views('weights').values()) {
    for (let i = 0; i < values.length; i++) values[i] = 0.1 * random.normal();
  }
  return session;
}

describe('adapters', () => {
  it('have the gradients that those of the merged weights imply', async () => {
    const session = await moved();
    const adapters = session.parameters.views('weights');
    const merged = await TrainingSession.create({
      shape: goldenShape,
      ...goldenSize,
      weights: session.model('weights'),
    });
    const { lossNats } = await session.forwardBackward(golden.batch);
    expect(lossNats).toBeCloseTo((await merged.forwardBackward(golden.batch)).lossNats, 5);
    const gradient = session.parameters.views('gradient');
    const whole = merged.parameters.views('gradient');
    const scale = loraScale(settings);
    expect(adaptedLayers(goldenShape, settings)).toHaveLength(8);
    for (const { name, down, up } of adaptedLayers(goldenShape, settings)) {
      const dW = whole.get(`${name}.weight`)!.map((g) => scale * g);
      const [inputs, rank, outputs] = [down.shape[0]!, down.shape[1]!, up.shape[1]!];
      const dDown = product(dW, adapters.get(up.name)!, inputs, outputs, rank, 'b');
      const dUp = product(adapters.get(down.name)!, dW, rank, inputs, outputs, 'a');
      expect(relativeError(gradient.get(down.name)!, dDown), down.name).toBeLessThan(2e-5);
      expect(relativeError(gradient.get(up.name)!, dUp), up.name).toBeLessThan(2e-5);
    }
    await session.release();
    await merged.release();
  });

  it('start as the base, and merge into the weights of their targets alone', async () => {
    const session = await open({ targets: ['mlp.c_fc'] });
    expect(session.model('weights')).toEqual(new Map(golden.weights));
    await session.step(golden.batch, update);
    const after = session.model('weights');
    const changed = gptTensors(goldenShape).filter(
      ({ name }) => relativeError(after.get(name)!, golden.weights.get(name)!) > 0,
    );
    expect(changed.map(({ name }) => name)).toEqual(['h.0.mlp.c_fc.weight', 'h.1.mlp.c_fc.weight']);
    await session.release();
  });

  it('learn, and score as the model that they are merged into', async () => {
    const session = await open({ dropout: 0.1 });
    const before = (await session.forwardBackward(golden.batch)).lossNats;
    for (let step = 0; step < 60; step++) await session.step(golden.batch, update);
    const merged = await TrainingSession.create({
      shape: goldenShape,
      ...goldenSize,
      weights: session.model('average'),
    });
    expect((await merged.forwardBackward(golden.batch)).lossNats).toBeLessThan(before / 2);
    const scoring = { ids: golden.batch.ids, rows: golden.batch.lossRows, headIds: Int32Array.of(3, 1, 4) };
    expect(
      relativeError(await session.logits(scoring, 'average'), await merged.logits(scoring)),
    ).toBeLessThan(1e-5);
    await session.release();
    await merged.release();
  });

  it('go on from a checkpoint to the same weights, with the same masks', async () => {
    const unbroken = await open({ dropout: 0.2 });
    for (let step = 0; step < 6; step++) await unbroken.step(golden.batch, update);
    const first = await open({ dropout: 0.2 });
    for (let step = 0; step < 3; step++) await first.step(golden.batch, update);
    const second = await open({ dropout: 0.2 });
    second.restore(first.modelState(), first.stepsDone);
    for (let step = 0; step < 3; step++) await second.step(golden.batch, update);
    expect(second.model('average')).toEqual(unbroken.model('average'));
    for (const session of [unbroken, first, second]) await session.release();
  });
});

it('merging adds scale A B, in the layout of the weights', () => {
  const shape = { layers: 1, width: 32, heads: 1, context: 4, vocab: 8 };
  const lora = loraSettings.parse({ rank: 1, alpha: 3, targets: ['attn.c_proj'] });
  const base = initialWeights(shape, RandomStream.seeded(1));
  const a = new Float32Array(32);
  const b = new Float32Array(32);
  a[2] = 2;
  b[5] = 0.5;
  const merged = mergeAdapters(
    shape,
    lora,
    base,
    new Map([
      ['h.0.attn.c_proj.lora_A', a],
      ['h.0.attn.c_proj.lora_B', b],
    ]),
  );
  const [before, after] = [base, merged].map((weights) => weights.get('h.0.attn.c_proj.weight')!);
  const difference = after!.map((value, i) => value - before![i]!);
  expect(difference[2 * 32 + 5]).toBeCloseTo(3, 6);
  expect(difference.filter((d) => d !== 0)).toHaveLength(1);
});
