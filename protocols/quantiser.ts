import type { Quantiser } from './task.ts';

/** The level of a value: how many of the ascending edges it reaches, 0 .. edges.length. */
export function levelOf({ edges }: Quantiser, value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
