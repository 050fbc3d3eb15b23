import type { CodePoints } from './code-points.ts';

/** Byte ranges, one for each byte of a character. */
export type ByteSequence = readonly (readonly [low: number, high: number])[];

/** The last code point that UTF-8 writes in one byte, in two, three, four (RFC 3629). */
const LAST_OF_LENGTH = [0x7f, 0x7ff, 0xffff, 0x10ffff];
const CONTINUATION_BITS = 6;

/**
 * The UTF-8 of a set of characters, as few sequences of byte ranges of which no two have a text in common: U+0800 to U+FFFF
 * without surrogates is E0 A0-BF 80-BF, E1-EC 80-BF 80-BF, ED 80-9F 80-BF, EE-EF 80-BF 80-BF.
 *
 * Source: the splitting of ranges is Ken Thompson's, as told in Cox, "Regular Expression Matching in the Wild", 2010.
 */
export const utf8Sequences = (points: CodePoints): ByteSequence[] =>
  points.flatMap(([first, last]) => sequencesOf(first, last));

function sequencesOf(first: number, last: number): ByteSequence[] {
  for (const end of LAST_OF_LENGTH) {
    if (first <= end && end < last) return [...sequencesOf(first, end), ...sequencesOf(end + 1, last)];
  }
  // Two ends that differ before their last i bytes make a product of ranges only if those bytes run from all 80 to all BF.
  const length = LAST_OF_LENGTH.findIndex((end) => last <= end) + 1;
  for (let i = 1; i < length; i++) {
    const tail = (1 << (CONTINUATION_BITS * i)) - 1;
    if ((first & ~tail) === (last & ~tail)) continue;
    if ((first & tail) !== 0)
      return [...sequencesOf(first, first | tail), ...sequencesOf((first | tail) + 1, last)];
    if ((last & tail) !== tail) {
      return [...sequencesOf(first, (last & ~tail) - 1), ...sequencesOf(last & ~tail, last)];
    }
  }
  const low = Buffer.from(String.fromCodePoint(first));
  const high = Buffer.from(String.fromCodePoint(last));
  return [Array.from(low, (byte, i) => [byte, high[i]!] as const)];
}
