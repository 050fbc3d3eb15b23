/** A set of Unicode code points: inclusive ranges, ascending, with a gap between any two. Never a surrogate. */
export type CodePoints = readonly (readonly [first: number, last: number])[];

const LAST_CODE_POINT = 0x10ffff;
/** Halves of a pair in UTF-16. UTF-8 has no way to write them, so no text of a model holds one. */
const SURROGATES: CodePoints = [[0xd800, 0xdfff]];

/** All points of some ranges, which may overlap and come in any order. */
export function union(...sets: readonly CodePoints[]): CodePoints {
  const sorted = sets.flat().sort(([a], [b]) => a - b);
  const merged: [first: number, last: number][] = [];
  for (const [first, last] of sorted) {
    const previous = merged.at(-1);
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

/** All points but these. */
export function complement(points: CodePoints): CodePoints {
  const gaps: [first: number, last: number][] = [];
  let next = 0;
  for (const [first, last] of union(points, SURROGATES)) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST_CODE_POINT) gaps.push([next, LAST_CODE_POINT]);
  return gaps;
}

/** From one point to another, both included, without surrogates. */
export const between = (first: number, last: number): CodePoints => complement(complement([[first, last]]));

const points = (text: string): CodePoints =>
  union(
    ...Array.from(text, (character): CodePoints => [[character.codePointAt(0)!, character.codePointAt(0)!]]),
  );

/** `\d`, `\w`, `\s` and `.` as ECMAScript defines them (ECMA-262, 22.2.2), without its flags `i` and `s`. */
export const DIGITS: CodePoints = [[0x30, 0x39]];
export const WORD: CodePoints = union(DIGITS, points('_'), [[0x41, 0x5a]], [[0x61, 0x7a]]);
export const SPACE: CodePoints = union(
  points('\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff'),
  [[0x2000, 0x200a]],
);
export const ANY: CodePoints = complement(points('\n\r\u2028\u2029'));
