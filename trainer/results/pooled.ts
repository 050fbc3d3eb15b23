import { groupBy } from '../group-by.ts';
import { type Compared, type Lead, methodsOf } from './comparison.ts';
import { meanOf } from './spread.ts';

/** How the model is called among the methods. */
export const MODEL = 'TinyLLM';

/** What was measured in one of several places, once for each seed. */
export interface Place {
  /** Distinct test rows. */
  readonly n: number;
  readonly seeds: readonly Compared[];
}

/** Figures over the rows of all places together. */
export interface Pooled {
  readonly name: string;
  readonly accuracy: number | null;
  /** Mean distance in metres. */
  readonly positionErrorM: number | null;
  /** The model's figure less this method's; null where a place lacks it or was run with several seeds. */
  readonly modelMinusThis: { readonly accuracy: Lead | null; readonly positionErrorM: Lead | null };
}

/** The name under which recipes of several places are pooled: `rssi-wifi-s2`, of the rows `{ room: WiFi-S2 }`, is `rssi`. */
export function stemOf(name: string, where: Readonly<Record<string, string>> = {}): string {
  const suffix = `-${Object.values(where).join('-').toLowerCase()}`;
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

/** The model, then each method that was asked in every place. Each row counts alike; seeds are averaged. */
export function pooled(places: readonly Place[]): Pooled[] {
  const methods = places.flatMap(({ n, seeds }) =>
    methodsOf(seeds).map((method) => ({ name: method.name, n, seeds: method.seeds })),
  );
  const everywhere = [...groupBy(methods, ({ name }) => name)].filter(
    ([, found]) => found.length === places.length,
  );
  return [[MODEL, places] as const, ...everywhere].map(([name, asked]) => ({
    name,
    accuracy: overRows(asked, ({ accuracy }) => accuracy),
    positionErrorM: overRows(asked, ({ positionErrorM }) => positionErrorM),
    modelMinusThis: {
      accuracy: leadOverRows(asked, 'accuracy'),
      positionErrorM: leadOverRows(asked, 'positionErrorM'),
    },
  }));
}

interface AskedIn<Seed> {
  readonly n: number;
  readonly seeds: readonly Seed[];
}

/**
 * The places were drawn apart, so the variances of their paired differences add up: half the width of the interval is the
 * root of the squares of theirs, each by its share of the rows.
 */
function leadOverRows(
  places: readonly AskedIn<Pick<Compared, 'modelMinusThis'>>[],
  figure: 'accuracy' | 'positionErrorM',
): Lead | null {
  const rows = places.reduce((sum, { n }) => sum + n, 0);
  let [value, variance] = [0, 0];
  for (const { n, seeds } of places) {
    const lead = seeds.length === 1 ? seeds[0]!.modelMinusThis?.[figure] : null;
    if (!lead) return null;
    value += (n / rows) * lead.value;
    variance += ((n / rows) * ((lead.ci95[1] - lead.ci95[0]) / 2)) ** 2;
  }
  const half = Math.sqrt(variance);
  return { value, ci95: [value - half, value + half] };
}

type Figure = Pick<Compared, 'accuracy' | 'positionErrorM'>;

/** Null where a place lacks it. */
function overRows(
  places: readonly AskedIn<Figure>[],
  figureOf: (figures: Figure) => number | null | undefined,
): number | null {
  let [sum, rows] = [0, 0];
  for (const { n, seeds } of places) {
    const values = seeds.flatMap((seed) => figureOf(seed) ?? []);
    if (values.length === 0) return null;
    sum += n * meanOf(values);
    rows += n;
  }
  return sum / rows;
}
