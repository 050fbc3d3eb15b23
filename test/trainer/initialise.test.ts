import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../model/random.ts';
import { initialWeights, weightOf } from '../../model/weights.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { smoothInitialWeights } from '../../trainer/initialise.ts';
import { taskTokenizer } from '../../trainer/task-tokenizer.ts';
import { fitted, rateTask } from '../protocols/examples.ts';

const LEVELS = 40;
const STEPS = 40;
const task = fitted(rateTask({ window: { rows: STEPS, hopMs: 400 } }));
const tokenizer = taskTokenizer('small', task);
const writer = promptWriter(task, tokenizer);
// Wide, so that sample correlations are close to those of the process they were drawn from.
const shape = { layers: 1, width: 512, heads: 2, context: 120, vocab: tokenizer.vocabSize };
const draw = (seed: number) =>
  smoothInitialWeights(shape, task, tokenizer, writer, RandomStream.seeded(seed));
const weights = draw(1);

const rowOf = (tensor: string, row: number, from = weights) =>
  weightOf(from, tensor).subarray(row * shape.width, (row + 1) * shape.width);
const levelRow = (channel: number, level: number) =>
  rowOf('wte.weight', tokenizer.encode(` ${channel * LEVELS + level}`)[0]!);

type Weights = typeof weights;
/** Bytes are compared at once: comparing millions of numbers one by one takes minutes. */
const isSame = (name: string, a: Weights, b: Weights): boolean => {
  const bytes = (from: Weights) => new Uint8Array(weightOf(from, name).slice().buffer);
  return Buffer.compare(bytes(a), bytes(b)) === 0;
};

/** Of two rows, entry by entry; all are drawn with mean 0. */
const product = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const correlation = (a: Float32Array, b: Float32Array) =>
  product(a, b) / Math.sqrt(product(a, a) * product(b, b));
const meanOver = (count: number, value: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => value(i)).reduce((a, b) => a + b, 0) / count;

describe('the smooth start', () => {
  it.each([1, 4, 8])('makes levels %i apart alike by exp(-d^2 / 2 l^2), l = 12 %% of the levels', (d) => {
    const length = 0.12 * LEVELS;
    const measured = meanOver(LEVELS - d, (level) => correlation(levelRow(0, level), levelRow(0, level + d)));
    expect(Math.abs(measured - Math.exp(-(d ** 2) / (2 * length ** 2)))).toBeLessThan(0.03);
  });

  it('draws them with standard deviation .2, one channel apart from the other', () => {
    const variance = meanOver(
      LEVELS,
      (level) => product(levelRow(0, level), levelRow(0, level)) / shape.width,
    );
    expect(Math.sqrt(variance)).toBeGreaterThan(0.19);
    expect(Math.sqrt(variance)).toBeLessThan(0.21);
    const across = meanOver(LEVELS, (level) => correlation(levelRow(0, level), levelRow(1, level)));
    expect(Math.abs(across)).toBeLessThan(0.05);
  });

  it('makes the positions of neighbouring time steps alike, and those of one channel', () => {
    const position = (step: number, channel: number) =>
      rowOf('wpe.weight', writer.prefix.length + 2 * step + channel);
    const length = 0.05 * STEPS;
    // Curve over time and channel vector have the same variance, so each makes half of the likeness.
    const next = meanOver(STEPS - 1, (t) => correlation(position(t, 0), position(t + 1, 0)));
    expect(Math.abs(next - (0.5 + 0.5 * Math.exp(-1 / (2 * length ** 2))))).toBeLessThan(0.05);
    const far = meanOver(STEPS - 12, (t) => correlation(position(t, 0), position(t + 12, 0)));
    expect(Math.abs(far - 0.5)).toBeLessThan(0.1);
    const other = meanOver(STEPS - 12, (t) => correlation(position(t, 0), position(t + 12, 1)));
    expect(Math.abs(other)).toBeLessThan(0.1);
  });

  it('leaves all else as GPT-2 has it', () => {
    const plain = initialWeights(shape, RandomStream.seeded(1).fork('gpt2'));
    expect([...weights.keys()].filter((name) => !isSame(name, weights, plain))).toEqual([
      'wte.weight',
      'wpe.weight',
    ]);
    expect(rowOf('wte.weight', tokenizer.endOfText)).toEqual(rowOf('wte.weight', tokenizer.endOfText, plain));
    expect(rowOf('wpe.weight', 0)).toEqual(rowOf('wpe.weight', 0, plain));
  });

  it('is a pure function of the seed', () => {
    const [again, other] = [draw(1), draw(2)];
    expect([...weights.keys()].filter((name) => !isSame(name, weights, again))).toEqual([]);
    expect(isSame('wte.weight', weights, other)).toBe(false);
  });
});
