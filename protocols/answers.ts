import { z } from 'zod';

/** What a task asks: one of a set of labels, one or more numbers, or both. */
export type Answers = z.infer<typeof answers>;
export type NumberSpec = z.infer<typeof numberSpec>;

/** Each admissible value of a number is scored: so many cost a few milliseconds, and more digits than a sensor has. */
const MOST_VALUES = 2000;
const MOST_DECIMALS = 4;

const labels = z
  .array(z.string().regex(/^\S(.*\S)?$/, 'a label has no space at its ends'))
  .min(2)
  .refine((all) => new Set(all).size === all.length, 'a label stands twice');

const numberSpec = z
  .strictObject({
    /** What is asked for: `breathingRate`, `x`. */
    name: z.string().regex(/^[a-z][a-zA-Z]{0,39}$/, 'letters only, the first one small'),
    /** As people write it: `1/min`, `m`. */
    unit: z.string().min(1),
    /** The least and the greatest answer .. */
    min: z.number(),
    max: z.number(),
    /** .. and how finely it is told. */
    decimals: z.int().min(0).max(MOST_DECIMALS),
  })
  .refine(({ min, max }) => min < max, '`min` must lie below `max`')
  .refine(
    (n) => [n.min, n.max].every((end) => Math.abs(end * 10 ** n.decimals - stepsOf(n, end)) < 1e-6),
    '`min` and `max` have more decimals than `decimals` says',
  )
  .refine(
    (n) => stepsOf(n, n.max) - stepsOf(n, n.min) < MOST_VALUES,
    `more than ${MOST_VALUES} values between \`min\` and \`max\`: give fewer decimals`,
  );

/** The name of the question for a label, where a task asks for numbers beside it. */
export const LABEL = 'label';

const numbers = z
  .array(numberSpec)
  .min(1)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'a number stands twice')
  .refine((all) => all.every(({ name }) => name !== LABEL), `a number cannot be called "${LABEL}"`);

export const answers = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('labels'), labels }),
  z.strictObject({ kind: z.literal('numbers'), numbers }),
  z.strictObject({ kind: z.literal('labels-and-numbers'), labels, numbers }),
]);

/** None for a task that asks for numbers only. */
export const labelsOf = (asked: Answers): readonly string[] => ('labels' in asked ? asked.labels : []);

/** None for a task that asks for a label only. */
export const numbersOf = (asked: Answers): readonly NumberSpec[] => ('numbers' in asked ? asked.numbers : []);

/** A value in whole steps of a number's last decimal. */
export const stepsOf = ({ decimals }: { readonly decimals: number }, value: number): number =>
  Math.round(value * 10 ** decimals);

/** The admissible answers, ascending, in the number's unit. */
export function valuesOf(number: NumberSpec): number[] {
  const first = stepsOf(number, number.min);
  const count = stepsOf(number, number.max) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) / 10 ** number.decimals);
}

/** Index into `valuesOf` of the admissible answer next to a value. */
export const nearestValue = (number: NumberSpec, value: number): number =>
  stepsOf(number, Math.min(number.max, Math.max(number.min, value))) - stepsOf(number, number.min);

/**
 * How an admissible value is written: in whole steps of its last decimal, as many digits as the longest value has, and a
 * sign where there are values below zero. 7.5 of 6.0 to 30.0 is `075`. No point: it would cost tokens and choose nothing.
 */
export function digitsOf(number: NumberSpec, value: number): string {
  const ends = [number.min, number.max].map((end) => Math.abs(stepsOf(number, end)));
  const digits = String(Math.max(...ends)).length;
  const steps = stepsOf(number, value);
  const sign = number.min < 0 ? (steps < 0 ? '-' : '+') : '';
  return sign + String(Math.abs(steps)).padStart(digits, '0');
}

/** What a model makes of a number. */
export interface NumberAnswer {
  /** Mean and standard deviation of the distribution over the admissible values, in `unit`. */
  readonly mean: number;
  readonly sd: number;
  readonly unit: string;
  /** Probability of the most probable value. */
  readonly p: number;
}

/** A model's answer to everything that a task asks. */
export interface Answer {
  /** Probability of each label of the task; they add up to 1. Empty where it asks for numbers only. */
  readonly probs: Readonly<Record<string, number>>;
  /** By the number's name; absent where the task asks for none. */
  readonly value?: Readonly<Record<string, NumberAnswer>>;
}

/** @param probabilities of the task's completions, in their order (templates.ts): of the labels, then of each number's values */
export function answerOf(asked: Answers, probabilities: ArrayLike<number>): Answer {
  const labels = labelsOf(asked);
  const probs = Object.fromEntries(labels.map((label, i) => [label, probabilities[i]!]));
  const numbers = numbersOf(asked);
  if (numbers.length === 0) return { probs };
  const value: Record<string, NumberAnswer> = {};
  let from = labels.length;
  for (const number of numbers) {
    const values = valuesOf(number);
    const own = values.map((_, i) => probabilities[from + i]!);
    from += values.length;
    value[number.name] = { ...moments(values, own), unit: number.unit, p: Math.max(...own) };
  }
  return { probs, value };
}

function moments(values: readonly number[], probs: readonly number[]): { mean: number; sd: number } {
  const mean = values.reduce((sum, value, i) => sum + probs[i]! * value, 0);
  const variance = values.reduce((sum, value, i) => sum + probs[i]! * (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(variance) };
}
