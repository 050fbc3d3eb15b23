/** Root mean square of the difference, relative to that of the expected values. */
export function relativeRms(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let energy = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    energy += expected[i]! ** 2;
  }
  return Math.sqrt(difference / energy);
}
