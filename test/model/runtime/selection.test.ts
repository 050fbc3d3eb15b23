import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clearBelow, cutAt, indicesAbove } from '../../../model/runtime/selection.ts';

/** Few different values, so that many are equal; zeros and infinities among them. */
const values = fc
  .array(fc.constantFrom(0, 0, 0.5, 1, 2, 3, Number.NEGATIVE_INFINITY, 0.25, 7), {
    minLength: 1,
    maxLength: 60,
  })
  .map((list) => Float64Array.from(list));

/** The same by sorting: greatest first, of equals the first. */
function byOrder(list: Float64Array, enough: number, worth: (value: number) => number): number[] {
  const order = [...list.keys()].sort((a, b) => (list[a] === list[b] ? a - b : list[b]! - list[a]!));
  const kept: number[] = [];
  let reached = 0;
  for (const i of order) {
    kept.push(i);
    reached += worth(list[i]!);
    if (reached >= enough) break;
  }
  return kept.sort((a, b) => a - b);
}

it('keeps the so many greatest', () => {
  fc.assert(
    fc.property(values, fc.nat(70), (list, count) => {
      const kept = indicesAbove(
        list,
        cutAt(list, count, () => 1),
      );
      expect(kept).toEqual(byOrder(list, count, () => 1));
      expect(kept).toHaveLength(Math.min(list.length, Math.max(1, count)));
    }),
    { seed: 7, numRuns: 500 },
  );
});

it('keeps as few of the greatest as are worth enough', () => {
  // Eighths of whole numbers: sums are exact, whatever their order.
  const finite = values.filter((list) => list.every(Number.isFinite));
  fc.assert(
    fc.property(finite, fc.nat(400), (list, eighths) => {
      const worth = (value: number): number => value;
      const cut = cutAt(list, eighths / 8, worth);
      const kept = byOrder(list, eighths / 8, worth);
      expect(indicesAbove(list, cut)).toEqual(kept);
      const cleared = list.slice();
      clearBelow(cleared, cut);
      expect(cleared).toEqual(list.map((value, i) => (kept.includes(i) ? value : 0)));
    }),
    { seed: 8, numRuns: 500 },
  );
});
