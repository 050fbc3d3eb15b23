import type { ByteDfa } from './byte-dfa.ts';
import { byteNfa } from './byte-nfa.ts';
import { determined } from './determinise.ts';
import { minimal } from './minimise.ts';
import { parsePattern } from './pattern-parser.ts';

/**
 * The automaton of a pattern over UTF-8, with as few states as can be: from every one but `DEAD` some text matches.
 *
 * @param source in the syntax of `parsePattern`
 * @throws TinyError exit status 2 when it cannot be read, or is too large
 */
export const compilePattern = (source: string): ByteDfa => minimal(determined(byteNfa(parsePattern(source))));
