import { groupBy } from '../group-by.ts';
import type { MethodResult } from './run-result.ts';
import { meanOf, percent, spread } from './spread.ts';

/** What the model and the methods beside it have in common. */
type Figures = Pick<MethodResult, 'accuracy' | 'macroF1' | 'mae' | 'positionErrorM'> & {
  readonly shiftMean?: number | null;
  /** Absent for the model itself. */
  readonly modelMinusThis?: MethodResult['modelMinusThis'];
};

/** A model with the methods beside it, once for each seed. */
export interface Compared extends Figures {
  readonly baselines: readonly MethodResult[] | null;
}

/** One method over all seeds. */
export interface MethodOverSeeds {
  readonly name: string;
  readonly seeds: readonly MethodResult[];
}

/** In the order in which the runs name them. */
export function methodsOf(runs: readonly Compared[]): MethodOverSeeds[] {
  const methods = runs.flatMap(({ baselines }) => baselines ?? []);
  return [...groupBy(methods, ({ name }) => name)].map(([name, seeds]) => ({ name, seeds }));
}

/** The method to beat: highest macro-F1 on average over the seeds; of numbers, the least error. */
export function bestMethod(runs: readonly Compared[]): MethodOverSeeds | undefined {
  const merit = ({ seeds }: MethodOverSeeds): number =>
    meanOf(seeds.map(({ macroF1, mae, positionErrorM }) => macroF1 ?? -(positionErrorM ?? sum(mae))));
  return methodsOf(runs).toSorted((a, b) => merit(b) - merit(a))[0];
}

const sum = (mae: MethodResult['mae']): number =>
  Object.values(mae ?? {}).reduce((all, error) => all + error, 0);

/** Errors of numbers in their units, `x 0.62, y 0.71`; blank where a task asks for none. */
export function errorsText(runs: readonly Figures[]): string {
  const names = [...new Set(runs.flatMap(({ mae }) => Object.keys(mae ?? {})))];
  const digits = (value: number): string => value.toPrecision(3);
  const errors = names.map(
    (name) =>
      `${name} ${spread(
        runs.map(({ mae }) => mae?.[name]),
        digits,
      )}`,
  );
  const distance = spread(
    runs.map(({ positionErrorM }) => positionErrorM),
    digits,
  );
  return [...errors, ...(distance === '' ? [] : [`position ${distance} m`])].join(', ');
}

/** A difference with its 95 % interval. */
export type Lead = NonNullable<NonNullable<MethodResult['modelMinusThis']>['accuracy']>;

/** Difference to the model in points, `1.2 (-0.4 to 2.8)`: its interval for one seed, the range over several. */
export const leadText = (seeds: readonly MethodResult[], figure: 'accuracy' | 'macroF1'): string =>
  differenceText(
    seeds.map(({ modelMinusThis }) => modelMinusThis?.[figure]),
    percent,
  );

/** The model's error less the method's, in its unit: of the position, or of the first number. */
export const errorLeadText = (seeds: readonly MethodResult[]): string =>
  differenceText(
    seeds.map(({ modelMinusThis: less }) => less?.positionErrorM ?? Object.values(less?.mae ?? {})[0]),
    (error) => error.toFixed(3),
  );

export function differenceText(
  leads: readonly (Lead | null | undefined)[],
  write: (value: number) => string,
): string {
  const known = leads.flatMap((lead) => lead ?? []);
  if (known.length !== 1)
    return spread(
      known.map(({ value }) => value),
      write,
    );
  const [{ value, ci95 }] = known as [Lead];
  return `${write(value)} (${ci95.map(write).join(' to ')})`;
}
