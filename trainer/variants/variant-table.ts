import { columns } from '../../commandline/columns.ts';
import type { VariantName } from '../../model/quantize.ts';
import { accuracy, argMax, confusionMatrix, macroF1, type Scored } from '../metrics.ts';

/** How a variant answers the rows of one split. */
export interface VariantFigures {
  readonly n: number;
  readonly accuracy: number;
  readonly macroF1: number;
  /** Share of the rows which it answers as fp32 does. */
  readonly agreement: number;
}

/** What a variant costs on the machine that made it, alone in a process of its own, on one thread. */
export interface VariantCost {
  /** A whole window, read at once, to its answer. */
  readonly latencyMs: { readonly p50: number; readonly p95: number };
  /** Free text, token by token. */
  readonly tokensPerS: number;
  /** Resident, of the whole process. */
  readonly peakMemoryMb: number;
}

/** A variant before it has seen the test split. */
export interface ValidatedVariant extends VariantCost {
  readonly name: VariantName;
  readonly fileBytes: number;
  /** Of the file with the whole vocabulary, where it was pruned. No answer would be another (docs/fine-tuning.md). */
  readonly unprunedBytes?: number;
  /** By which it is taken or refused. */
  readonly validation: VariantFigures;
  readonly accepted: boolean;
}

export interface MeasuredVariant extends ValidatedVariant {
  readonly test: VariantFigures;
}

/** Refused ones too, in the recipe's order; `fp32`, with which the others are compared, is among them. */
export interface VariantTable<V extends ValidatedVariant = MeasuredVariant> {
  /** Accuracy or macro-F1 that a variant may lose against fp32 on the validation split. */
  readonly maxDrop: number;
  readonly variants: readonly V[];
}

/** @param reference the answers of fp32 to the same rows */
export function variantFigures(
  scored: readonly Scored[],
  reference: readonly Scored[],
  labels: number,
): VariantFigures {
  const confusion = confusionMatrix(scored, labels);
  const equal = scored.filter(({ probs }, i) => argMax(probs) === argMax(reference[i]!.probs)).length;
  return {
    n: scored.length,
    accuracy: accuracy(confusion),
    macroF1: macroF1(confusion),
    agreement: equal / scored.length,
  };
}

/** Sums of rounded shares must not refuse what lies on the line. */
const ROUNDING = 1e-9;

/** Does a variant keep what fp32 can? A gain is no loss. */
export const keepsUp = (figures: VariantFigures, fp32: VariantFigures, maxDrop: number): boolean =>
  fp32.accuracy - figures.accuracy <= maxDrop + ROUNDING &&
  fp32.macroF1 - figures.macroF1 <= maxDrop + ROUNDING;

export const ofFp32 = <V extends ValidatedVariant>({ variants }: VariantTable<V>): V =>
  variants.find(({ name }) => name === 'fp32')!;

/**
 * The one table, a header row first: for terminal, card and report. What fp32 alone would leave empty or at 1 is left
 * out: its agreement with itself, and remarks where none is refused.
 */
export function variantRows(table: VariantTable<ValidatedVariant | MeasuredVariant>): string[][] {
  const fp32 = ofFp32(table);
  const splits = 'test' in fp32 ? (['validation', 'test'] as const) : (['validation'] as const);
  const whenCompared = (cell: string): string[] => (table.variants.length > 1 ? [cell] : []);
  const whenRefusing = (cell: string): string[] =>
    table.variants.every(({ accepted }) => accepted) ? [] : [cell];
  const isPruned = table.variants.some(({ unprunedBytes }) => unprunedBytes !== undefined);
  const header = [
    'variant',
    'bytes',
    ...(isPruned ? ['bytes, whole vocabulary'] : []),
    ...splits.flatMap((split) => [`${split} accuracy`, 'macro-F1', ...whenCompared('as fp32')]),
    'window p50 / p95 ms',
    'tokens/s',
    'peak MB',
    ...whenRefusing(''),
  ];
  const figuresOf = (variant: ValidatedVariant | MeasuredVariant, split: 'validation' | 'test') =>
    split === 'validation' ? variant.validation : (variant as MeasuredVariant).test;
  const rows = table.variants.map((variant) => {
    const { name, fileBytes, latencyMs, tokensPerS, peakMemoryMb, accepted } = variant;
    const change = (ours: number, theirs: number) =>
      name === 'fp32' ? ours.toFixed(3) : `${ours.toFixed(3)} (${signed(ours - theirs)})`;
    return [
      name,
      String(fileBytes),
      ...(isPruned ? [String(variant.unprunedBytes ?? '')] : []),
      ...splits.flatMap((split) => {
        const [ours, theirs] = [figuresOf(variant, split), figuresOf(fp32, split)];
        return [
          change(ours.accuracy, theirs.accuracy),
          change(ours.macroF1, theirs.macroF1),
          ...whenCompared(ours.agreement.toFixed(3)),
        ];
      }),
      `${latencyMs.p50.toFixed(2)} / ${latencyMs.p95.toFixed(2)}`,
      tokensPerS.toFixed(0),
      peakMemoryMb.toFixed(0),
      ...whenRefusing(accepted ? '' : 'refused'),
    ];
  });
  return [header, ...rows];
}

function signed(change: number): string {
  const text = change.toFixed(3);
  return Number(text) === 0 ? '0' : change > 0 ? `+${text}` : text;
}

/** For a terminal. */
export const variantText = (table: VariantTable<ValidatedVariant | MeasuredVariant>): string =>
  `${columns(variantRows(table))}\n`;
