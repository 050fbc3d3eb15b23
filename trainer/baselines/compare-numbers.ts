import { RandomStream } from '../../model/random.ts';
import { type Answers, numbersOf } from '../../protocols/answers.ts';
import { type Answered, meanAbsoluteErrors, positionErrorM } from '../answered.ts';
import { BOOTSTRAP_SEED, type Figures, figuresOf } from '../figures.ts';
import { percentiles, RESAMPLES, unitsOf } from '../metrics.ts';
import type { Difference } from '../paired-bootstrap.ts';
import type { NumberMethodAnswers } from './number-methods.ts';

/** A classical method for numbers on the rows that the model was scored on. */
export interface NumberBaselineReport extends Pick<Figures, 'mae' | 'positionErrorM' | 'ci95'> {
  readonly name: string;
  /** The model's error less this method's, over the same rows: below 0, the model errs less. */
  readonly modelMinusThis: {
    readonly mae: Readonly<Record<string, Difference>>;
    readonly positionErrorM: Difference | null;
  };
  readonly trainMs: number;
}

/** @param answered the model's answers to the rows that the methods were asked, in their order */
export function compareNumberBaselines(
  methods: readonly NumberMethodAnswers[],
  asked: Answers,
  answered: readonly Answered[],
  groups?: readonly string[],
): NumberBaselineReport[] {
  const numbers = numbersOf(asked);
  const onlyNumbers: Answers = { kind: 'numbers', numbers: [...numbers] };
  return methods.map(({ name, answered: theirs, trainMs }) => {
    const { mae, positionErrorM: distance, ci95 } = figuresOf(onlyNumbers, theirs, groups);
    const difference = (errorOf: (rows: readonly Answered[]) => number): Difference =>
      paired(answered, theirs, errorOf, groups);
    return {
      ...{ name, mae, positionErrorM: distance, ci95, trainMs },
      modelMinusThis: {
        mae: Object.fromEntries(
          numbers.map((number) => [
            number.name,
            difference((rows) => meanAbsoluteErrors(numbers, rows)![number.name]!),
          ]),
        ),
        positionErrorM: distance === null ? null : difference((rows) => positionErrorM(numbers, rows)!),
      },
    };
  });
}

/** The one difference that a table shows: that of the position, or of the first number. */
export const leadOf = ({ modelMinusThis }: NumberBaselineReport): Difference =>
  modelMinusThis.positionErrorM ?? Object.values(modelMinusThis.mae)[0]!;

/** Both on the same drawn rows, as in paired-bootstrap.ts. */
function paired(
  ours: readonly Answered[],
  theirs: readonly Answered[],
  errorOf: (rows: readonly Answered[]) => number,
  groups?: readonly string[],
): Difference {
  const random = RandomStream.seeded(BOOTSTRAP_SEED);
  const pairs = ours.map((one, i) => ({ one, other: theirs[i]! }));
  const units = unitsOf(pairs, groups);
  const over = (rows: typeof pairs): number =>
    errorOf(rows.map(({ one }) => one)) - errorOf(rows.map(({ other }) => other));
  const drawn = Array.from({ length: RESAMPLES }, () =>
    over(units.flatMap(() => units[random.integer(units.length)]!)),
  );
  return { value: over(pairs), ci95: percentiles(drawn) };
}
