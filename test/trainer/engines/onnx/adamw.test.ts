import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../../model/random.ts';
import type { GptShape } from '../../../../model/shape.ts';
import { gptTensors, initialWeights } from '../../../../model/weights.ts';
import {
  adamwStep,
  decaysByDefault,
  gradientNorm,
  updateAverage,
} from '../../../../trainer/engines/onnx/adamw.ts';
import { Parameters } from '../../../../trainer/engines/onnx/parameters.ts';
import { relativeError } from '../../../fixtures/golden-gradients/read.ts';

// A vocabulary of 33 rows gives tensors of every size class; the padding must not leak into the norm.
const shape: GptShape = { layers: 1, width: 32, heads: 1, context: 5, vocab: 33 };
const settings = { lr: 0.01, beta1: 0.9, beta2: 0.99, weightDecay: 0.1, clip: 1, eps: 1e-8 };

/** AdamW in float64, as its paper writes it. */
class Reference {
  readonly w: Float64Array;
  readonly #m: Float64Array;
  readonly #v: Float64Array;

  constructor(weights: Float32Array) {
    this.w = Float64Array.from(weights);
    this.#m = new Float64Array(weights.length);
    this.#v = new Float64Array(weights.length);
  }

  step(gradient: Float32Array, gradientScale: number, decays: boolean, t: number): void {
    const { lr, beta1, beta2, weightDecay, eps } = settings;
    for (let i = 0; i < this.w.length; i++) {
      const g = gradient[i]! * gradientScale;
      this.#m[i] = beta1 * this.#m[i]! + (1 - beta1) * g;
      this.#v[i] = beta2 * this.#v[i]! + (1 - beta2) * g * g;
      const mHat = this.#m[i]! / (1 - beta1 ** t);
      const vHat = this.#v[i]! / (1 - beta2 ** t);
      this.w[i]! -= lr * (mHat / (Math.sqrt(vHat) + eps) + (decays ? weightDecay * this.w[i]! : 0));
    }
  }
}

describe('AdamW in WebAssembly', () => {
  it('agrees with a float64 reference over steps which clip and steps which do not', () => {
    const random = RandomStream.seeded(9);
    const weights = initialWeights(shape, random);
    const parameters = new Parameters(gptTensors(shape), weights);
    const references = new Map([...weights].map(([name, values]) => [name, new Reference(values)]));
    const clipped: boolean[] = [];
    for (let step = 1; step <= 20; step++) {
      const size = step % 3 === 0 ? 1e-3 : 0.5;
      let squares = 0;
      for (const slot of parameters.slots) {
        const gradient = parameters.view('gradient', slot);
        for (let i = 0; i < gradient.length; i++) {
          gradient[i] = size * random.normal();
          squares += gradient[i]! ** 2;
        }
      }
      const norm = gradientNorm(parameters);
      expect(norm / Math.sqrt(squares)).toBeCloseTo(1, 12);
      clipped.push(norm > settings.clip);
      adamwStep(parameters, settings, step, norm);
      for (const slot of parameters.slots) {
        const gradient = parameters.view('gradient', slot);
        const decays = slot.shape.length === 2 && slot.name !== 'wpe.weight';
        references.get(slot.name)!.step(gradient, Math.min(1, settings.clip / norm), decays, step);
      }
    }
    expect(new Set(clipped).size).toBe(2);
    for (const slot of parameters.slots) {
      expect(relativeError(parameters.view('weights', slot), references.get(slot.name)!.w)).toBeLessThan(
        1e-6,
      );
    }
  });

  it('decays matrices, but neither positions nor what has one dimension', () => {
    const parameters = new Parameters(gptTensors(shape), initialWeights(shape, RandomStream.seeded(1)));
    const decaying = parameters.slots.filter(decaysByDefault).map((slot) => slot.name);
    expect(decaying).toEqual([
      'wte.weight',
      'h.0.attn.c_attn.weight',
      'h.0.attn.c_proj.weight',
      'h.0.mlp.c_fc.weight',
      'h.0.mlp.c_proj.weight',
    ]);
  });

  it('decays what the caller names', () => {
    const weights = initialWeights(shape, RandomStream.seeded(1));
    const parameters = new Parameters(gptTensors(shape), weights);
    adamwStep(parameters, settings, 1, 0, ({ name }) => name === 'wpe.weight');
    const views = parameters.views('weights');
    expect(views.get('wte.weight')).toEqual(weights.get('wte.weight'));
    const shrunk = weights.get('wpe.weight')!.map((w) => w * (1 - settings.lr * settings.weightDecay));
    expect(relativeError(views.get('wpe.weight')!, shrunk)).toBeLessThan(1e-7);
  });

  it('moves the average towards the weights by the rate', () => {
    const start = initialWeights(shape, RandomStream.seeded(1));
    const parameters = new Parameters(gptTensors(shape), start);
    const next = initialWeights(shape, RandomStream.seeded(2));
    parameters.restore('weights', next);
    updateAverage(parameters, 0.25);
    for (const [name, average] of parameters.views('average')) {
      const expected = start.get(name)!.map((w, i) => 0.75 * w + 0.25 * next.get(name)![i]!);
      for (let i = 0; i < expected.length; i++) expect(average[i]).toBeCloseTo(expected[i]!, 7);
    }
  });
});
