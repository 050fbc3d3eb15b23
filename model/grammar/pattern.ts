import type { CodePoints } from './code-points.ts';

/** A regular expression, as read by `parsePattern`. It stands for a set of texts, never for none. */
export type Pattern =
  /** One character out of a set that is not empty. */
  | { readonly kind: 'character'; readonly of: CodePoints }
  /** One after the other; of no parts, the empty text. */
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  /** One of two or more. */
  | { readonly kind: 'either'; readonly ways: readonly Pattern[] }
  /** At least `min` times and at most `max`, which may be `Infinity`. */
  | { readonly kind: 'repeated'; readonly part: Pattern; readonly min: number; readonly max: number };

/** The pattern that a text matches and nothing else, in the syntax of `parsePattern`. */
export const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** The pattern of a closed set of texts. */
export const oneOf = (choices: readonly string[]): string => choices.map(escaped).join('|');
