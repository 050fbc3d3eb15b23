import { median } from '../../pipeline/measure/quantiles.ts';

/** Something that is measured again and again: each time it tells a figure. */
export interface Contestant {
  readonly name: string;
  readonly measure: () => Promise<number>;
}

/**
 * Measures all of them in turn, round after round, forwards and backwards, so that whatever else the machine is busy with
 * hits all of them. The first round warms up and does not count.
 *
 * @returns the median of each
 */
export async function interleaved(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<ReadonlyMap<string, number>> {
  const figures = new Map(contestants.map(({ name }): [string, number[]] => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const { name, measure } of order) {
      const figure = await measure();
      if (round > 0) figures.get(name)!.push(figure);
    }
  }
  return new Map([...figures].map(([name, values]) => [name, median(values)]));
}
