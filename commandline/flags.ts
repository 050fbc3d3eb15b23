import { parseArgs } from 'node:util';
import { usageError } from '../protocols/errors.ts';
import { nearest } from '../protocols/nearest.ts';
import {
  BadValue,
  type Bounds,
  type IntegerRange,
  readChoice,
  readDurationMs,
  readInteger,
  readNumber,
  readRange,
  readText,
} from './values.ts';

/** How one flag is read. `T` is what the command gets, `undefined` included where the flag may be absent. */
export interface Flag<T> {
  readonly kind: 'switch' | 'value';
  /** What to write after its name, for hints. */
  readonly example?: string | undefined;
  /** @param words the flag's values in the order given; none when it is absent */
  readonly read: (words: readonly string[]) => T;
}

/** On when given: `--json`. */
export const toggle = (): Flag<boolean> => ({ kind: 'switch', read: (words) => words.length > 0 });

/** @param example what a hint says to write: `FILE, such as configs/recipes/local.yaml` */
export const text = (example?: string): Flag<string | undefined> => last(readText, example);
export const integer = (bounds?: Bounds): Flag<number | undefined> =>
  last(readInteger(bounds), exampleWithin(bounds));
export const number = (bounds?: Bounds): Flag<number | undefined> =>
  last(readNumber(bounds), exampleWithin(bounds));
/** `20s`, `5m`, `1h30m`, in milliseconds. */
export const durationMs = (): Flag<number | undefined> => last(readDurationMs, '20s');
/** `-5..5`, both ends included. */
export const range = (): Flag<IntegerRange | undefined> => last(readRange, '-5..5');
export const choice = <const Choice extends string>(...choices: Choice[]): Flag<Choice | undefined> =>
  last(readChoice(choices), choices[0]);

const exampleWithin = ({ min = 1, max = Number.POSITIVE_INFINITY }: Bounds = {}): string =>
  String(Math.min(Math.max(1, min), max));

/** A flag that may be given many times: `--label up --label down`. */
export const repeated = <T>(flag: Flag<T>): Flag<NonNullable<T>[]> => ({
  ...flag,
  read: (words) => words.map((word) => flag.read([word])!),
});

/** A flag with a default. */
export const orElse = <T>(flag: Flag<T>, fallback: NonNullable<T>): Flag<NonNullable<T>> => ({
  ...flag,
  read: (words) => flag.read(words) ?? fallback,
});

/** A flag that must be given. */
export const required = <T>(flag: Flag<T>): Flag<NonNullable<T>> => ({
  ...flag,
  read: (words) => {
    const value = flag.read(words);
    if (value === undefined || value === null) throw new MissingFlag();
    return value;
  },
});

/** Flags by their name in code: `maxTokens` is `--max-tokens`. */
export type FlagSpec = Readonly<Record<string, Flag<unknown>>>;

export type FlagValues<Spec extends FlagSpec> = {
  readonly [Name in keyof Spec]: Spec[Name] extends Flag<infer T> ? T : never;
};

export interface ParsedFlags<Spec extends FlagSpec> {
  readonly flags: FlagValues<Spec>;
  /** The words that are neither a flag nor its value. */
  readonly positionals: readonly string[];
}

/**
 * Reads a command's words: `parseFlags(argv, { config: required(text()), json: toggle() })`.
 *
 * A value may begin with a dash when a digit follows (`--shifts -5..5`); other such values are written with an
 * equals sign (`--prompt=-x`), so that a forgotten value is noticed. Given twice, the last value counts.
 *
 * @param maxPositionals how many words may stand beside the flags
 * @throws TinyError exit status 2: unknown flag, missing or wrong value, missing flag, too many words
 */
export function parseFlags<const Spec extends FlagSpec>(
  argv: readonly string[],
  spec: Spec,
  { maxPositionals = 0 }: { readonly maxPositionals?: number } = {},
): ParsedFlags<Spec> {
  const known = new Map(Object.entries(spec).map(([name, flag]) => [flagName(name), flag]));
  const words = new Map<string, string[]>();
  const positionals: string[] = [];

  for (const token of tokens(argv, known)) {
    if (token.kind === 'option') {
      const word = wordOf(token, known);
      words.set(token.name, [...(words.get(token.name) ?? []), word]);
    } else if (token.kind === 'positional') {
      if (positionals.length === maxPositionals) throw unexpectedWord(token.value, known);
      positionals.push(token.value);
    }
  }

  const flags = Object.entries(spec).map(([name, flag]) => [name, readFlag(flagName(name), flag, words)]);
  return { flags: Object.fromEntries(flags) as FlagValues<Spec>, positionals };
}

type KnownFlags = ReadonlyMap<string, Flag<unknown>>;
type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

/** Only the splitting is Node's: its own strict mode refuses `--shifts -5..5` and does not say which flag was meant. */
function tokens(argv: readonly string[], known: KnownFlags): readonly Token[] {
  const options = Object.fromEntries(
    [...known].map(([name, { kind }]) => [
      name,
      { type: kind === 'switch' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  return parseArgs({ args: [...argv], options, strict: false, tokens: true }).tokens;
}

function wordOf({ name, rawName, value, inlineValue }: OptionToken, known: KnownFlags): string {
  const flag = known.get(name);
  if (flag === undefined) throw unknownFlag(rawName, known);
  if (flag.kind === 'switch') {
    if (value !== undefined) throw usageError(`${rawName} takes no value`, `write ${rawName} alone`);
    return '';
  }
  if (value === undefined) throw usageError(`${rawName} wants a value`, writeFlag('write', name, flag));
  if (!inlineValue && /^-(?!\.?\d|$)/.test(value)) {
    const isForgotten = known.has(value.replace(/^--|=.*$/g, ''));
    const hint = isForgotten ? writeFlag('write', name, flag) : `write ${rawName}=${value}`;
    throw usageError(`${rawName} wants a value`, hint);
  }
  return value;
}

function readFlag(name: string, flag: Flag<unknown>, words: ReadonlyMap<string, readonly string[]>): unknown {
  const given = words.get(name) ?? [];
  try {
    return flag.read(given);
  } catch (error) {
    if (error instanceof MissingFlag) throw usageError(`--${name} is missing`, writeFlag('add', name, flag));
    if (!(error instanceof BadValue)) throw error;
    throw usageError(
      `--${name} wants ${error.expected}, not "${given.at(-1)}"`,
      error.meant === undefined ? writeFlag('write', name, flag) : `write --${name} ${error.meant}`,
    );
  }
}

const writeFlag = (verb: string, name: string, { example = 'VALUE' }: Flag<unknown>): string =>
  `${verb} --${name} ${example}`;

class MissingFlag extends Error {}

function unknownFlag(rawName: string, known: KnownFlags): Error {
  const meant = rawName.startsWith('--') ? nearest(rawName.slice(2), known.keys()) : undefined;
  return usageError(
    `unknown flag ${rawName}`,
    meant === undefined ? knownFlags(known) : `did you mean --${meant}?`,
  );
}

const unexpectedWord = (word: string, known: KnownFlags): Error =>
  usageError(`unexpected word "${word}"`, knownFlags(known));

const knownFlags = (known: KnownFlags): string =>
  known.size === 0
    ? 'this command takes no flags'
    : `its flags are ${[...known.keys()].map((name) => `--${name}`).join(', ')}`;

const flagName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function last<T>(readWord: (text: string) => T, example?: string): Flag<T | undefined> {
  return {
    kind: 'value',
    example,
    read: (words) => {
      const word = words.at(-1);
      return word === undefined ? undefined : readWord(word);
    },
  };
}
