import { describe, expect, it } from 'vitest';
import { rawTensors } from '../../model/onnx/stored-tensors.ts';
import { servingVariant, type VARIANT_NAMES } from '../../model/quantize.ts';
import { variantWeights } from '../../model/variant-weights.ts';
import { relativeRms } from './quantize/relative-rms.ts';
import { opinionatedWeights, SHAPE } from './runtime/random-model.ts';

const weights = opinionatedWeights();
const read = (variant: (typeof VARIANT_NAMES)[number]) =>
  variantWeights(SHAPE, servingVariant(variant, SHAPE, weights), `model.${variant}.onnx`);

describe('the weights in a variant', () => {
  it('are the trained ones to the last bit where it is fp32', () => {
    expect(read('fp32')).toEqual(weights);
  });

  it.each([
    ['int8', 0.01],
    ['q8', 0.01],
    ['q4', 0.15],
  ] as const)(
    'lie close to them where it is %s, and vectors and positions are equal',
    (variant, tolerance) => {
      const found = read(variant);
      expect([...found.keys()]).toEqual([...weights.keys()]);
      for (const [name, values] of weights) {
        const isMatrix = name === 'wte.weight' || /c_\w+\.weight$/.test(name);
        if (!isMatrix) expect(found.get(name)).toEqual(values);
        else {
          const error = relativeRms(found.get(name)!, values);
          expect(error).toBeGreaterThan(0);
          expect(error).toBeLessThan(tolerance);
        }
      }
    },
  );

  it.each(['int8', 'q8'] as const)('make the same codes again: %s', (variant) => {
    const again = servingVariant(variant, SHAPE, read(variant));
    const codesOf = (file: Uint8Array) =>
      [...rawTensors(file)]
        .filter(([name]) => name.endsWith('.codes'))
        .map(([name, { bytes }]) => [name, bytes]);
    expect(codesOf(again)).toEqual(codesOf(servingVariant(variant, SHAPE, weights)));
    expect(codesOf(again)).toHaveLength(4 * SHAPE.layers + 1);
  });

  it('are refused where the file is of another shape', () => {
    const file = servingVariant('int8', SHAPE, weights);
    expect(() => variantWeights({ ...SHAPE, vocab: 301 }, file, 'other.onnx')).toThrow(
      'other.onnx does not hold wte.weight of [301,64]',
    );
  });
});
