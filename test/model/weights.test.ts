import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../model/random.ts';
import { decodeSafetensors, encodeSafetensors } from '../../model/safetensors.ts';
import { checkShape, type GptShape, PRESETS, parameterCount } from '../../model/shape.ts';
import { decodeWeights, encodeWeights, gptTensors, initialWeights, tensorSize } from '../../model/weights.ts';

const shape: GptShape = { layers: 2, width: 64, heads: 2, context: 32, vocab: 300 };

describe('shapes', () => {
  it('have the parameter counts of their names', () => {
    for (const [name, preset] of Object.entries(PRESETS)) {
      expect(`${Math.floor(parameterCount(preset) / 1e6)}M`).toBe(name);
    }
    // The published count of GPT-2 small.
    expect(parameterCount(PRESETS['124M'])).toBe(124_439_808);
  });

  it.each([
    [{ width: 100 }, /width 100/, 'use 128'],
    [{ heads: 3 }, /3 heads/, 'use 2 heads'],
    [{ layers: 0 }, /layers is 0/, 'at least 1'],
    [{ vocab: 1.5 }, /vocab is 1.5/, 'whole number'],
  ])('are refused with a fix: %j', (change, message, hint) => {
    const check = () => checkShape({ ...shape, ...change });
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ hint: expect.stringContaining(hint), exitCode: 78 }));
  });
});

describe('weights', () => {
  it('list exactly the parameters', () => {
    const sizes = gptTensors(shape).map(tensorSize);
    expect(sizes.reduce((sum, n) => sum + n, 0)).toBe(parameterCount(shape));
    expect(gptTensors(shape).map((t) => t.name)).toContain('h.1.attn.c_attn.weight');
  });

  it('start as GPT-2 does', () => {
    const weights = initialWeights(shape, RandomStream.seeded(1));
    const std = (name: string) => {
      const values = weights.get(name)!;
      return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    };
    expect(std('wte.weight')).toBeCloseTo(0.02, 3);
    expect(std('h.0.mlp.c_fc.weight')).toBeCloseTo(0.02, 3);
    expect(std('h.1.mlp.c_proj.weight')).toBeCloseTo(0.01, 3);
    expect(std('h.0.attn.c_proj.weight')).toBeCloseTo(0.01, 3);
    expect(new Set(weights.get('h.1.ln_2.weight'))).toEqual(new Set([1]));
    expect(new Set(weights.get('ln_f.weight'))).toEqual(new Set([1]));
    expect(new Set(weights.get('h.0.attn.c_attn.bias'))).toEqual(new Set([0]));
  });

  it('draw each tensor from its own stream, so that a deeper model starts with the same tables', () => {
    const deeper = initialWeights({ ...shape, layers: 3 }, RandomStream.seeded(1));
    const weights = initialWeights(shape, RandomStream.seeded(1));
    expect(deeper.get('h.1.mlp.c_fc.weight')).toEqual(weights.get('h.1.mlp.c_fc.weight'));
    expect(weights.get('h.0.mlp.c_fc.weight')).not.toEqual(weights.get('h.1.mlp.c_fc.weight'));
  });

  it('survive the file, also with the prefix of a full language model', () => {
    const weights = initialWeights(shape, RandomStream.seeded(2));
    const file = encodeWeights(shape, weights);
    expect(decodeWeights(shape, file)).toEqual(weights);

    const { tensors } = decodeSafetensors(file);
    const prefixed = new Map([...tensors].map(([name, tensor]) => [`transformer.${name}`, tensor]));
    prefixed.set('lm_head.weight', tensors.get('wte.weight')!);
    expect(decodeWeights(shape, encodeSafetensors(prefixed))).toEqual(weights);
  });

  it('refuse a file of another shape', () => {
    const file = encodeWeights(shape, initialWeights(shape, RandomStream.seeded(3)));
    expect(() => decodeWeights({ ...shape, vocab: 301 }, file, 'm')).toThrow(
      'm: wte.weight should be F32 [301,64], but the file has F32 [300,64]',
    );
    expect(() => decodeWeights({ ...shape, layers: 3 }, file)).toThrow(/h\.2\.ln_1\.weight .* nothing/);
  });
});
