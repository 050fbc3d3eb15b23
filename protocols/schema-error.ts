import { z } from 'zod';
import type { TinyError } from './errors.ts';
import { nearest } from './nearest.ts';
import { fileMistakes, type KeyPath, located, type YamlFile } from './yaml.ts';

/** Where a value came from: its file, or a name for it in messages. */
export type Origin = string | YamlFile;

/** `hub.yaml:12:5` for a value in a file, else the name alone. */
export function placeIn(origin: Origin, keys: KeyPath = [], part: 'key' | 'value' = 'value'): string {
  return typeof origin === 'string' ? origin : located(origin.path, origin.placeOf(keys, part));
}

/**
 * Check what a person wrote against its schema.
 *
 * Text from outside the file (`${PORT}`) becomes a number, a truth value or null only where the schema wants one: a
 * password of digits stays a text.
 *
 * @throws TinyError (exit 78) with all mistakes that the schema sees, in the order of the file
 */
export function checked<S extends z.ZodType>(schema: S, value: unknown, origin: Origin): z.output<S> {
  const asText = schema.safeParse(value);
  if (asText.success) return asText.data;
  const typed = typeof origin === 'string' ? undefined : withTypes(value, origin, asText.error.issues);
  const parsed = typed === undefined ? asText : schema.safeParse(typed);
  if (parsed.success) return parsed.data;
  throw schemaError(origin, parsed.error, schema, value);
}

/** What a schema complains of, as sentences with place and fix. Shared by every file a person writes. */
export function schemaError(
  origin: Origin,
  { issues }: z.ZodError,
  schema?: z.ZodType,
  value?: unknown,
): TinyError {
  const known = new KnownKeys(schema);
  const mistakes = issues.flatMap((issue) => mistakesOf(issue, known, value));
  // A misspelt key is a missing one as well: it is told once.
  const meant = new Set(mistakes.map(({ meant }) => meant));
  const told = mistakes
    .filter(({ missing }) => missing === undefined || !meant.has(missing))
    .map((mistake) => ({ ...mistake, order: orderIn(origin, mistake) }))
    .sort((a, b) => a.order - b.order);
  const isSpelling = told.every(({ isUnknown }) => isUnknown);
  return fileMistakes(
    told.map(({ keys, part, problem }) => `${placeIn(origin, keys, part)}: ${problem}`),
    isSpelling
      ? 'remove it, or look for a spelling mistake'
      : 'docs/configuration.md and the commented files in configs/ show every key',
  );
}

interface Mistake {
  readonly keys: KeyPath;
  readonly part: 'key' | 'value';
  readonly problem: string;
  readonly isUnknown?: boolean;
  /** The full name of a key that was probably meant .. */
  readonly meant?: string | undefined;
  /** .. or is not there. */
  readonly missing?: string;
}

function mistakesOf(issue: z.core.$ZodIssue, known: KnownKeys, value: unknown): Mistake[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], known));
  const place = path.join('.');
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    return [{ keys: path, part: 'value', problem: `${place} is missing`, missing: place }];
  }
  const found = valueAt(value, path);
  const kinds = isUnknownKind(issue) ? known.choicesAt(path) : [];
  const words = kinds.length > 0 ? orMeant(oneOf(kinds), found, kinds) : inWords(issue, found);
  const problem = `${place === '' ? '' : `${place}: `}${words}`;
  return [{ keys: path, part: 'value', problem }];
}

function unknownKey(keys: KeyPath, known: KnownKeys): Mistake {
  const key = String(keys.at(-1));
  const around = keys.slice(0, -1);
  const names = known.at(around);
  const isElsewhere = names.includes(key);
  const meant = isElsewhere ? undefined : nearest(key, names);
  const advice = isElsewhere
    ? ': it belongs to another kind'
    : meant === undefined
      ? names.length === 0
        ? ''
        : `; the keys here are ${names.join(', ')}`
      : `; did you mean "${meant}"?`;
  return {
    keys,
    part: 'key',
    problem: `unknown key "${keys.join('.')}"${advice}`,
    isUnknown: true,
    meant: meant === undefined ? undefined : [...around, meant].join('.'),
  };
}

/** Of an object whose `kind`, or the like, is none of those that tell what else stands in it. */
const isUnknownKind = (issue: z.core.$ZodIssue): boolean =>
  issue.code === 'invalid_union' && issue.errors.length === 0;

const oneOf = (choices: readonly string[]): string =>
  `expected one of ${choices.map((choice) => `"${choice}"`).join('|')}`;

function orMeant(problem: string, found: unknown, choices: readonly string[]): string {
  const meant = typeof found === 'string' ? nearest(found, choices) : undefined;
  return meant === undefined ? problem : `${problem}; did you mean "${meant}"?`;
}

/** What is wrong with a value, without the value: it may be a secret. */
function inWords(issue: z.core.$ZodIssue, found: unknown): string {
  if (isUnknownKind(issue)) return 'not a kind that is known here';
  if (issue.code === 'invalid_union') {
    const branches = issue.errors.map(([first]) => first).filter((first) => first !== undefined);
    return [...new Set(branches.map((branch) => inWords(branch, found)))].join(', or ');
  }
  if (issue.code === 'too_small' && issue.origin === 'string') return 'must not be empty';
  const plain = issue.message
    .replace(/^(Invalid input|Invalid option|Too small|Too big): /, '')
    .replace(/^expected \w+ to (be|have) >=?/, (bound) => (bound.endsWith('=') ? 'at least ' : 'above '))
    .replace(/^expected \w+ to (be|have) <=?/, (bound) => (bound.endsWith('=') ? 'at most ' : 'below '));
  if (issue.code !== 'invalid_value') return plain;
  return orMeant(
    plain,
    found,
    issue.values.filter((choice) => typeof choice === 'string'),
  );
}

const orderIn = (origin: Origin, { keys, part }: Mistake): number => {
  if (typeof origin === 'string') return 0;
  const { line, column } = origin.placeOf(keys, part);
  return line * 10_000 + column;
};

/** The value with what came from outside read as YAML reads it, at the places of the issues; undefined when there is none. */
function withTypes(value: unknown, { substituted }: YamlFile, issues: z.core.$ZodIssue[]): unknown {
  const complained = new Set(issues.map(({ path }) => path.join('.')));
  const places = substituted.filter((keys) => complained.has(keys.join('.')));
  if (places.length === 0) return undefined;
  const copy: unknown = structuredClone(value);
  for (const keys of places) {
    const key = keys.at(-1);
    const holder = valueAt(copy, keys.slice(0, -1)) as Record<PropertyKey, unknown> | undefined;
    // A document may be one text and nothing else.
    if (key === undefined || typeof holder?.[key] !== 'string') continue;
    holder[key] = typedScalar(holder[key]);
  }
  return copy;
}

const valueAt = (value: unknown, keys: KeyPath): unknown =>
  keys.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);

/** YAML 1.2 core schema, 10.3.2, decimal numbers only. */
function typedScalar(text: string): unknown {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text);
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return /^(null|~|)$/i.test(text) ? null : text;
}

type JsonSchema = Readonly<Record<string, unknown>>;

/** The keys and choices that a schema knows, at any place in it: read from the JSON Schema that is generated from it. */
class KnownKeys {
  readonly #schema: z.ZodType | undefined;
  #root: JsonSchema | undefined;

  constructor(schema: z.ZodType | undefined) {
    this.#schema = schema;
  }

  at(keys: KeyPath): string[] {
    const names = this.#nodesAt(keys).flatMap(({ properties }) => Object.keys(properties ?? {}));
    return [...new Set(names)].filter((name) => !name.startsWith('$'));
  }

  /** The texts that a value may be, where it must be one of some. */
  choicesAt(keys: KeyPath): string[] {
    const values = this.#nodesAt(keys).flatMap((node) =>
      'const' in node ? [node.const] : ((node.enum ?? []) as unknown[]),
    );
    return [...new Set(values)].filter((choice) => typeof choice === 'string');
  }

  #nodesAt(keys: KeyPath): JsonSchema[] {
    if (this.#schema === undefined) return [];
    this.#root ??= z.toJSONSchema(this.#schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
    let nodes = branches(this.#root);
    for (const key of keys) nodes = nodes.flatMap((node) => branches(inside(node, key)));
    return nodes;
  }
}

function inside({ properties, additionalProperties, items }: JsonSchema, key: PropertyKey): unknown {
  if (typeof key === 'number') return items;
  const named = properties as Record<PropertyKey, unknown> | undefined;
  return named !== undefined && Object.hasOwn(named, key) ? named[key] : additionalProperties;
}

/** A schema and everything it may be instead. */
function branches(node: unknown): JsonSchema[] {
  if (typeof node !== 'object' || node === null) return [];
  const schema = node as JsonSchema;
  const others = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((list) => (list ?? []) as unknown[]);
  return [schema, ...others.flatMap(branches)];
}
