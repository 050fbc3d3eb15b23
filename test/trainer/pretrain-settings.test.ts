import { describe, expect, it } from 'vitest';
import { checkShape, parameterCount } from '../../model/shape.ts';
import { MODEL_PRESETS, modelChoice } from '../../trainer/pretrain-settings.ts';

describe('the presets of pre-training', () => {
  it.each(Object.entries(MODEL_PRESETS))('%s has about so many parameters', (name, preset) => {
    expect(modelChoice.parse(name)).toBe(name);
    const shape = checkShape({ context: 256, vocab: 4096, ...preset });
    const millions = Number(name.replace('M', ''));
    expect(parameterCount(shape) / 1e6 / millions).toBeGreaterThan(0.85);
    expect(parameterCount(shape) / 1e6 / millions).toBeLessThan(1.2);
  });
});
