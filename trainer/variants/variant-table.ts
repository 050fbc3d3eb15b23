import { columns } from '../../commandline/columns.ts';
import type { VariantName } from '../../model/quantize.ts';
import { type Answers, labelsOf, type NumberSpec, numbersOf } from '../../protocols/answers.ts';
import { type Answered, labelAnswers, meanAbsoluteErrors } from '../answered.ts';
import { accuracy, argMax, confusionMatrix, macroF1 } from '../metrics.ts';

/** How a variant answers the rows of one split. Null: the task asks for no label. */
export interface VariantFigures {
  readonly n: number;
  readonly accuracy: number | null;
  readonly macroF1: number | null;
  /** Mean absolute error of each number, in its unit; absent for a task that asks for none. */
  readonly mae?: Readonly<Record<string, number>>;
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
  /** Accuracy or macro-F1 that a variant may lose against fp32 on the validation split .. */
  readonly maxDrop: number;
  /** .. and the share by which its mean absolute error may rise; absent where the task asks for no number. */
  readonly maxRise?: number;
  readonly variants: readonly V[];
}

/** @param reference the answers of fp32 to the same rows */
export function variantFigures(
  answered: readonly Answered[],
  reference: readonly Answered[],
  asked: Answers,
): VariantFigures {
  const labels = labelsOf(asked);
  const numbers = numbersOf(asked);
  const confusion = confusionMatrix(labelAnswers(answered), labels.length);
  const mae = meanAbsoluteErrors(numbers, answered);
  const equal = answered.filter((one, i) => isAlike(one, reference[i]!, numbers)).length;
  return {
    n: answered.length,
    accuracy: labels.length > 0 ? accuracy(confusion) : null,
    macroF1: labels.length > 0 ? macroF1(confusion) : null,
    ...(mae && { mae }),
    agreement: equal / answered.length,
  };
}

/** The same label, and no number further off than its last decimal can tell. */
const isAlike = (one: Answered, other: Answered, numbers: readonly NumberSpec[]): boolean =>
  (!one.label || argMax(one.label.probs) === argMax(other.label!.probs)) &&
  numbers.every(
    ({ decimals }, i) => Math.abs(one.numbers[i]!.mean - other.numbers[i]!.mean) <= 10 ** -decimals,
  );

/** Sums of rounded shares must not refuse what lies on the line. */
const ROUNDING = 1e-9;

/** What a variant may lose against fp32. */
export interface Tolerance {
  /** Of accuracy and of macro-F1. */
  readonly maxDrop: number;
  /** Rise of each number's mean absolute error, as a share of fp32's. */
  readonly maxRise: number;
}

/** Does a variant keep what fp32 can? A gain is no loss. */
export const keepsUp = (
  figures: VariantFigures,
  fp32: VariantFigures,
  { maxDrop, maxRise }: Tolerance,
): boolean =>
  (['accuracy', 'macroF1'] as const).every(
    (figure) => (fp32[figure] ?? 0) - (figures[figure] ?? 0) <= maxDrop + ROUNDING,
  ) &&
  Object.entries(fp32.mae ?? {}).every(
    ([name, error]) => figures.mae![name]! <= error * (1 + maxRise) + ROUNDING,
  );

/** `0.005 of accuracy or macro-F1`. */
export const toleranceText = ({ maxDrop, maxRise }: Pick<VariantTable, 'maxDrop' | 'maxRise'>): string =>
  `${maxDrop} of accuracy or macro-F1${maxRise === undefined ? '' : `, or errs ${wholePercent(maxRise)} more in a number`}`;

const wholePercent = (share: number): string => `${(100 * share).toFixed(0)} %`;

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
    ...splits.flatMap((split) => [
      ...figureNames(fp32.validation).map((name, i) => (i === 0 ? `${split} ${name}` : name)),
      ...whenCompared('as fp32'),
    ]),
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
        const theirFigures = figureValues(theirs);
        return [
          ...figureValues(ours).map((figure, i) => change(figure, theirFigures[i]!)),
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

/** The figures that apply to the task, in one order. */
const figureNames = ({ accuracy, mae = {} }: VariantFigures): string[] => [
  ...(accuracy === null ? [] : ['accuracy', 'macro-F1']),
  ...Object.keys(mae).map((name) => `${name} MAE`),
];

const figureValues = ({ accuracy, macroF1, mae = {} }: VariantFigures): number[] => [
  ...(accuracy === null || macroF1 === null ? [] : [accuracy, macroF1]),
  ...Object.values(mae),
];

function signed(change: number): string {
  const text = change.toFixed(3);
  return Number(text) === 0 ? '0' : change > 0 ? `+${text}` : text;
}

/** For a terminal. */
export const variantText = (table: VariantTable<ValidatedVariant | MeasuredVariant>): string =>
  `${columns(variantRows(table))}\n`;
