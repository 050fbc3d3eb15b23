import { usageError } from '../../protocols/errors.ts';
import { ANY, between, type CodePoints, complement, DIGITS, SPACE, union, WORD } from './code-points.ts';
import type { Pattern } from './pattern.ts';

/**
 * Read a regular expression. What is read means what ECMAScript's `new RegExp(`^(?:${source})$`, 'u')` means, so the whole
 * text matches, not a part of it:
 *
 * | written | matches |
 * |---|---|
 * | `a` `é` `.` | this character; any but a line end |
 * | `[a-z_]` `[^,]` | one of a class; one that is not in it |
 * | `\d \w \s`, `\D \W \S` | digit, letter or digit or `_`, white space; the others. Within classes too |
 * | `\n \r \t \f \v \0 \x41 \u0041 \u{1F600}` | a character by its name or number |
 * | `\.` and the like | a character that has a meaning otherwise |
 * | `(..)` `(?:..)` | a group |
 * | `a\|b` | either |
 * | `? * + {m} {m,} {m,n}` | so many of what is before |
 *
 * All that is not in the table is refused with its place: lazy quantifiers, which choose among matches but match the same
 * texts, and what no finite automaton does or needs (look-around, references, anchors, flags, properties).
 *
 * @throws TinyError exit status 2, with the position in the pattern
 */
export function parsePattern(source: string): Pattern {
  return new Parser(source).whole();
}

/** Far below what the stack of a thread takes. */
const MAX_OPEN_GROUPS = 200;
const META = '\\^$.*+?()[]{}|/';
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', '0': '\0' };
const CLASSES: Readonly<Record<string, CodePoints>> = {
  d: DIGITS,
  w: WORD,
  s: SPACE,
  D: complement(DIGITS),
  W: complement(WORD),
  S: complement(SPACE),
};
const HEX_FORM: Readonly<Record<string, RegExp>> = { x: /^[\da-f]{2}/i, u: /^(?:[\da-f]{4}|\{[\da-f]+\})/i };
const UNIT = /^\\u(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})/i; // one character, written as its UTF-16 pair

/** Recursive descent over the characters of one pattern. */
class Parser {
  readonly #source: string;
  /** Index in UTF-16 units, always at the begin of a character. */
  #at = 0;
  #openGroups = 0;

  constructor(source: string) {
    this.#source = source;
  }

  whole(): Pattern {
    const pattern = this.#either();
    if (this.#next === ')') throw this.#wrong('")" closes nothing', 'write \\) for the character');
    return pattern;
  }

  #either(): Pattern {
    const ways = [this.#sequence()];
    while (this.#take('|')) ways.push(this.#sequence());
    return ways.length === 1 ? ways[0]! : { kind: 'either', ways };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.#next !== undefined && this.#next !== '|' && this.#next !== ')') parts.push(this.#repeated());
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
  }

  #repeated(): Pattern {
    const part = this.#single();
    const times = this.#quantifier();
    if (!times) return part;
    const another = this.#at;
    if (this.#quantifier()) {
      throw this.#wrong(
        'two quantifiers in a row',
        'take one away: "lazy" and "possessive" ones match the same texts',
        another,
      );
    }
    return { kind: 'repeated', part, ...times };
  }

  #quantifier(): { min: number; max: number } | undefined {
    if (this.#take('?')) return { min: 0, max: 1 };
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#next !== '{') return undefined;
    const counts = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.#rest);
    if (!counts) {
      throw this.#wrong('"{" begins no count', 'write {2}, {2,} or {2,5}, or \\{ for the character');
    }
    const [all, least, comma, most] = counts;
    const min = Number(least);
    const max = comma === undefined ? min : most === '' ? Number.POSITIVE_INFINITY : Number(most);
    if (max < min) throw this.#wrong(`${all} ends before it begins`, 'give the smaller number first');
    this.#at += all.length;
    return { min, max };
  }

  #single(): Pattern {
    const from = this.#at;
    if (this.#take('(')) return this.#group(from);
    if (this.#take('[')) return { kind: 'character', of: this.#class(from) };
    if (this.#take('.')) return { kind: 'character', of: ANY };
    if (this.#next === '\\') return { kind: 'character', of: this.#escape('') };
    const character = this.#character();
    if (character === '^' || character === '$') {
      throw this.#wrong(
        `"${character}" is not needed: the whole text matches`,
        `leave it out, or write \\${character}`,
        from,
      );
    }
    if ('*+?{'.includes(character)) {
      throw this.#wrong(
        `nothing before "${character}" to repeat`,
        `write \\${character} for the character`,
        from,
      );
    }
    if ('}]'.includes(character)) {
      throw this.#wrong(`"${character}" closes nothing`, `write \\${character} for the character`, from);
    }
    return { kind: 'character', of: this.#point(character, from) };
  }

  #group(from: number): Pattern {
    if (this.#next === '?' && !this.#take('?:')) {
      throw this.#wrong('"(?" begins nothing that is known', 'groups are (..) and (?:..)', from);
    }
    if (++this.#openGroups > MAX_OPEN_GROUPS) {
      throw this.#wrong(
        `more than ${MAX_OPEN_GROUPS} groups within each other`,
        'write a simpler pattern',
        from,
      );
    }
    const inside = this.#either();
    this.#openGroups--;
    if (!this.#take(')'))
      throw this.#wrong('this "(" is not closed', 'add ) or write \\( for the character', from);
    return inside;
  }

  #class(from: number): CodePoints {
    const isNegated = this.#take('^');
    const members: CodePoints[] = [];
    while (!this.#take(']')) {
      if (this.#next === undefined) {
        throw this.#wrong('this "[" is not closed', 'add ] or write \\[ for the character', from);
      }
      members.push(this.#classMember());
    }
    const points = isNegated ? complement(union(...members)) : union(...members);
    if (points.length === 0)
      throw this.#wrong('this class has no character in it', 'name one at least', from);
    return points;
  }

  /** One character, a class such as `\d`, or a range. */
  #classMember(): CodePoints {
    const from = this.#at;
    const first = this.#classAtom();
    const isRange = this.#next === '-' && this.#source[this.#at + 1] !== ']';
    if (!isRange) return first;
    this.#at++;
    if (this.#next === undefined) return first; // the caller says that the class is not closed
    const last = this.#classAtom();
    const low = onlyPoint(first);
    const high = onlyPoint(last);
    if (low === undefined || high === undefined) {
      throw this.#wrong('a range has one character at each end', 'write \\- for the character', from);
    }
    if (high < low) throw this.#wrong('this range ends before it begins', 'turn it round', from);
    return between(low, high);
  }

  #classAtom(): CodePoints {
    const from = this.#at;
    return this.#next === '\\' ? this.#escape('-') : this.#point(this.#character(), from);
  }

  /** @param more characters that may be escaped here, beside those which have a meaning everywhere */
  #escape(more: string): CodePoints {
    const from = this.#at;
    const pair = UNIT.exec(this.#rest);
    if (pair) {
      this.#at += pair[0].length;
      return this.#point(
        String.fromCharCode(...pair.slice(1).map((unit) => Number.parseInt(unit, 16))),
        from,
      );
    }
    this.#at++;
    if (this.#next === undefined)
      throw this.#wrong('the pattern ends after "\\"', 'write \\\\ for the character', from);
    const name = this.#character();
    if (Object.hasOwn(CLASSES, name)) return CLASSES[name]!;
    if (META.includes(name) || more.includes(name)) return this.#point(name, from);
    const isZeroOfMany = name === '0' && /^\d/.test(this.#rest);
    if (Object.hasOwn(CONTROLS, name) && !isZeroOfMany) return this.#point(CONTROLS[name]!, from);
    const digits = HEX_FORM[name]?.exec(this.#rest)?.[0];
    if (digits === undefined) {
      throw this.#wrong(`"\\${name}" is not known`, `write ${name} alone, or \\\\ for the backslash`, from);
    }
    this.#at += digits.length;
    const value = Number.parseInt(digits.replace(/[{}]/g, ''), 16);
    if (value > 0x10ffff)
      throw this.#wrong('there is no such character', 'the last one is \\u{10FFFF}', from);
    return this.#point(String.fromCodePoint(value), from);
  }

  #point(character: string, from: number): CodePoints {
    const point = character.codePointAt(0)!;
    const points = between(point, point);
    if (points.length > 0) return points;
    throw this.#wrong('half of a UTF-16 pair is no character', 'write the whole pair, or \\u{..}', from);
  }

  get #next(): string | undefined {
    return this.#source[this.#at];
  }

  get #rest(): string {
    return this.#source.slice(this.#at);
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** There is one. */
  #character(): string {
    const character = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
    this.#at += character.length;
    return character;
  }

  #wrong(what: string, hint: string, at = this.#at): Error {
    const column = Array.from(this.#source.slice(0, at)).length + 1;
    return usageError(`pattern ${this.#source}, character ${column}: ${what}`, hint);
  }
}

/** The point of a set that has just one. */
function onlyPoint(points: CodePoints): number | undefined {
  const [first, ...others] = points;
  return first !== undefined && others.length === 0 && first[0] === first[1] ? first[0] : undefined;
}
