import type { RandomStream } from '../model/random.ts';
import type { FittedTask, Quantiser } from '../protocols/task.ts';
import type { Row } from '../protocols/window.ts';
import { smoothCurves } from './smooth-curves.ts';

/** How quickly an invented channel changes, as a share of the window. */
const LENGTH_SHARE = 0.15;
/** Curves reach this many standard deviations before they leave the channel's levels. */
const REACH_SDS = 2.5;
/** Decimals that are kept: more would say nothing and fill the bundle. */
const DECIMALS = 3;

/**
 * Invented windows for golden examples, where the licence of the data lets no row be passed on: smooth random curves over
 * each channel's range of levels. They have no truth; a bundle's answer to them is only compared with itself.
 */
export function syntheticWindow(task: FittedTask, random: RandomStream): Row[] {
  const { quantisers, spec } = task;
  const steps = spec.window.rows;
  const curves = smoothCurves(steps, quantisers.length, LENGTH_SHARE * steps, 1, random);
  return Array.from({ length: steps }, (_, step) =>
    Float64Array.from(quantisers, (quantiser, c) =>
      inRange(quantiser, curves[step * quantisers.length + c]!),
    ),
  );
}

/** A standard normal value -> a value whose level is as far up its channel's levels. */
function inRange({ edges }: Quantiser, normal: number): number {
  if (edges.length === 0) return 0;
  const share = Math.min(1, Math.max(0, 0.5 + normal / (2 * REACH_SDS)));
  const value = edges[Math.min(edges.length - 1, Math.floor(share * edges.length))]!;
  return Number(value.toFixed(DECIMALS));
}
