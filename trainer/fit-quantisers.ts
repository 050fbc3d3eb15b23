import { labelsOf } from '../protocols/answers.ts';
import type { Quantiser, TaskSpec } from '../protocols/task.ts';
import type { Row } from '../protocols/window.ts';
import type { Recipe } from './recipe-keys.ts';

/** Values beyond these shares of the training rows fall into the outermost levels. */
const LOWEST_SHARE = 0.001;
const HIGHEST_SHARE = 0.999;
/** Standard deviations in the distance between the quartiles of a normal distribution. */
const QUARTILE_SDS = 1.349;

/**
 * Level edges for every channel, from training rows only. The levels lie evenly in
 * asinh((value - centre) / scale), as mu-law does for sound: fine where most happens, coarse at the extremes.
 * Each channel gets number words of its own: channel c begins where channel c - 1 ended, the first after the labels that
 * are numbers.
 */
export function fitQuantisers(
  spec: TaskSpec,
  { levels, spacing }: Pick<Recipe['prompt'], 'levels' | 'spacing'>,
  trainingRows: readonly Row[],
): Quantiser[] {
  const first = firstFreeNumber(spec);
  return spec.input.channels.map(({ channel }, c) => {
    const values = trainingRows.map((row) => row[c]!).filter((value) => !Number.isNaN(value));
    const edges =
      values.length === 0
        ? []
        : asinhEdges(
            values.sort((a, b) => a - b),
            levels,
            spacing[channel],
          );
    return { channel, firstNumber: first + c * levels, edges };
  });
}

/** Labels that are numbers keep their tokens to themselves: a level must not look like an answer. */
function firstFreeNumber({ answers }: TaskSpec): number {
  const taken = labelsOf(answers).map(Number).filter(Number.isInteger);
  return Math.max(-1, ...taken) + 1;
}

function asinhEdges(
  sorted: readonly number[],
  levels: number,
  spacing?: { centre: number; scale: number },
): number[] {
  const { centre, scale } = spacing ?? aroundMedian(sorted);
  const warp = (value: number) => Math.asinh((value - centre) / scale);
  const low = warp(quantile(sorted, LOWEST_SHARE));
  const high = warp(quantile(sorted, HIGHEST_SHARE));
  if (low === high) return [];
  return Array.from({ length: levels - 1 }, (_, i) => {
    return centre + scale * Math.sinh(low + ((i + 1) * (high - low)) / levels);
  });
}

function aroundMedian(sorted: readonly number[]): { centre: number; scale: number } {
  const spread = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / QUARTILE_SDS;
  return { centre: quantile(sorted, 0.5), scale: spread > 0 ? spread : 1 };
}

/** The value that a share of the sorted values does not exceed. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
