import { groupBy } from '../group-by.ts';
import { type Compared, methodsOf } from './comparison.ts';
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
  }));
}

type Figure = Pick<Compared, 'accuracy' | 'positionErrorM'>;

/** Null where a place lacks it. */
function overRows(
  places: readonly { readonly n: number; readonly seeds: readonly Figure[] }[],
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
