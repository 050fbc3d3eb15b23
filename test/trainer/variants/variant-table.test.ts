import { describe, expect, it } from 'vitest';
import type { Answers } from '../../../protocols/answers.ts';
import type { Answered } from '../../../trainer/answered.ts';
import {
  keepsUp,
  type MeasuredVariant,
  variantFigures,
  variantRows,
  variantText,
} from '../../../trainer/variants/variant-table.ts';

const answers = (...chosen: readonly [truth: number, answer: number][]): Answered[] =>
  chosen.map(([truth, answer]) => ({
    label: { truth, probs: [0, 1, 2].map((label) => (label === answer ? 0.8 : 0.1)) },
    numbers: [],
  }));

const threeLabels: Answers = { kind: 'labels', labels: ['a', 'b', 'c'] };

describe('the figures of a variant', () => {
  const fp32 = answers([0, 0], [1, 1], [2, 2], [2, 1]);
  const other = answers([0, 0], [1, 1], [2, 1], [2, 2]);

  it('compare it with the truth and with fp32, row by row', () => {
    expect(variantFigures(fp32, fp32, threeLabels)).toMatchObject({ n: 4, accuracy: 0.75, agreement: 1 });
    expect(variantFigures(other, fp32, threeLabels)).toMatchObject({ n: 4, accuracy: 0.75, agreement: 0.5 });
    expect(variantFigures(other, fp32, threeLabels).macroF1).toBeCloseTo((1 + 2 / 3 + 2 / 3) / 3, 12);
  });
});

describe('a variant', () => {
  const figures = (accuracy: number, macroF1: number) => ({ n: 100, accuracy, macroF1, agreement: 1 });
  it.each([
    ['may lose what is allowed', figures(0.9, 0.88), 0.01, true],
    ['may not lose more accuracy', figures(0.89, 0.89), 0.01, false],
    ['may not lose more macro-F1', figures(0.91, 0.87), 0.01, false],
    ['may gain', figures(0.95, 0.95), 0, true],
    ['may stay as it is', figures(0.91, 0.89), 0, true],
  ])('%s', (_, ours, maxDrop, kept) => {
    expect(keepsUp(ours, figures(0.91, 0.89), { maxDrop, maxRise: 0 })).toBe(kept);
  });
});

describe('the table', () => {
  const cost = { latencyMs: { p50: 1.234, p95: 5 }, tokensPerS: 900.4, peakMemoryMb: 99.5 };
  const variant = (name: 'fp32' | 'q4', accepted: boolean, share: number): MeasuredVariant => ({
    name,
    fileBytes: 1000,
    accepted,
    validation: { n: 50, accuracy: share, macroF1: share, agreement: share },
    test: { n: 50, accuracy: 1 - share, macroF1: 0.5, agreement: 1 },
    ...cost,
  });
  const table = { maxDrop: 0.005, variants: [variant('fp32', true, 0.9), variant('q4', false, 0.8)] };

  it('shows each figure with its change against fp32, and what is refused', () => {
    expect(variantRows(table).slice(1)).toEqual([
      ['fp32', '1000', '0.900', '0.900', '0.900', '0.100', '0.500', '1.000', '1.23 / 5.00', '900', '100', ''],
      [
        ...[
          'q4',
          '1000',
          '0.800 (-0.100)',
          '0.800 (-0.100)',
          '0.800',
          '0.200 (+0.100)',
          '0.500 (0)',
          '1.000',
        ],
        ...['1.23 / 5.00', '900', '100', 'refused'],
      ],
    ]);
  });

  it('shows beside each file its size with the whole vocabulary, where that was pruned', () => {
    const variants = table.variants.map((v) => ({ ...v, unprunedBytes: 9000 }));
    const [header, ...rows] = variantRows({ ...table, variants });
    expect(header!.indexOf('bytes, whole vocabulary')).toBe(2);
    expect(rows.map((cells) => cells.slice(1, 3))).toEqual([
      ['1000', '9000'],
      ['1000', '9000'],
    ]);
  });

  it('leaves the test split out before it was read', () => {
    const variants = table.variants.map(({ test: _, ...validated }) => validated);
    const [header, ...rows] = variantRows({ ...table, variants });
    expect(header!.join()).not.toContain('test');
    expect(rows.map((cells) => cells.length)).toEqual([header!.length, header!.length]);
  });

  it('has no column for agreement where fp32 is alone, nor for remarks where none is refused', () => {
    const [fp32, q4] = table.variants;
    const alone = variantRows({ ...table, variants: [fp32!] });
    const accuracies = ['validation accuracy', 'macro-F1', 'test accuracy', 'macro-F1'];
    expect(alone).toEqual([
      ['variant', 'bytes', ...accuracies, 'window p50 / p95 ms', 'tokens/s', 'peak MB'],
      ['fp32', '1000', '0.900', '0.900', '0.100', '0.500', '1.23 / 5.00', '900', '100'],
    ]);
    const [header] = variantRows({ ...table, variants: [fp32!, { ...q4!, accepted: true }] });
    expect(header!.filter((title) => title === 'as fp32')).toHaveLength(2);
    expect(header!.at(-1)).toBe('peak MB');
  });

  it('stands in columns', () => {
    const lines = variantText(table).trimEnd().split('\n');
    expect(new Set(lines.map((line) => line.indexOf(' / ', 40) > 0)).size).toBe(1);
    expect(lines[2]).toMatch(/^ {2}q4 .* refused$/);
  });
});
