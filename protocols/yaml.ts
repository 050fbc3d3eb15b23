import { readFile } from 'node:fs/promises';
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { configError, type TinyError } from './errors.ts';
import { nothingOutside, type Outside, substitute } from './substitution.ts';

/** The keys and indices that lead to something in a file: `['broker', 'embedded', 'port']`. */
export type KeyPath = readonly PropertyKey[];

/** Line and column in a file, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A YAML file that a person wrote, with the place of everything in it. */
export interface YamlFile {
  readonly path: string;
  /** For a schema to judge. */
  readonly value: unknown;
  /** Where text from outside stands in `value`: it is always a string, whatever it looks like. */
  readonly substituted: readonly KeyPath[];
  /** Values that must not be shown to anybody. */
  readonly secrets: readonly string[];
  /** Where a value stands, or its key; where it does not, the nearest thing around it that does. */
  placeOf(keys: KeyPath, part?: 'key' | 'value'): Place;
}

/** Read a YAML file and keep nothing but what stands in it; see `readYamlFile`. */
export const readYaml = async (path: string): Promise<unknown> => (await readYamlFile(path)).value;

/**
 * Read a YAML file that a person wrote (JSON is YAML too).
 *
 * @param outside what `${VAR}` and `!secret name` stand for; where it is absent, they are no more than text and a mistake
 * @throws TinyError (exit 78) naming every mistake with file, line and column: missing file, broken YAML, a key given
 *   twice, an alias to nothing, a variable that is not set
 */
export async function readYamlFile(path: string, outside: Outside = nothingOutside): Promise<YamlFile> {
  return yamlFile(path, await readConfigFile(path), outside);
}

/** The same for text that is already in memory; `path` names it in messages. */
export function yamlFile(path: string, text: string, outside: Outside = nothingOutside): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    customTags: outside.tags,
  });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    // LineCounter has no place for what stands before the first character.
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) throw brokenYaml(path, broken, placeAt);
  const { substituted, secrets, mistakes } = substitute(document, outside);
  if (mistakes.length > 0) {
    throw fileMistakes(
      mistakes.map(({ offset, problem }) => `${located(path, placeAt(offset))}: ${problem}`),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: what a person writes
      'set the variable before the start, or give a default: ${NAME:-default}; secrets stand in secrets.yaml beside the file',
    );
  }
  return {
    path,
    value: plainValue(path, document),
    substituted,
    secrets,
    placeOf: (keys, part = 'value') => placeAt(offsetOf(document, keys, part)),
  };
}

const SHOWN_MISTAKES = 20;

/** One error for all that is wrong with a file, a line each. */
export function fileMistakes(lines: readonly string[], hint: string): TinyError {
  const more = lines.length - SHOWN_MISTAKES;
  const shown = lines.slice(0, SHOWN_MISTAKES);
  return configError([...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'), hint);
}

export const located = (path: string, { line, column }: Place): string => `${path}:${line}:${column}`;

/** What the parser says, in words for somebody who does not know its vocabulary. */
const IN_PLAIN_WORDS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab: YAML is indented by spaces',
  DUPLICATE_KEY: 'this key stands twice; keys must be unique',
  MULTIPLE_DOCS: 'a second document begins here (---); one file holds one',
};

function brokenYaml(
  path: string,
  errors: readonly YAMLError[],
  placeAt: (offset: number) => Place,
): TinyError {
  // One slip may confuse the parser for the rest of the file: of those errors only the first says something.
  const [confusion] = errors.filter(({ code }) => !(code in IN_PLAIN_WORDS));
  const telling = errors.filter((error) => error === confusion || error.code in IN_PLAIN_WORDS);
  const lines = telling.map(
    ({ code, message, pos }) => `${located(path, placeAt(pos[0]))}: ${IN_PLAIN_WORDS[code] ?? message}`,
  );
  const hint = errors.some(({ code }) => code === 'TAG_RESOLVE_FAILED')
    ? 'quote a text that begins with an exclamation mark; `!secret name` is for agent configurations only'
    : 'YAML wants spaces for indentation, `key: value` with a space, and each key once';
  return fileMistakes(lines, hint);
}

function plainValue(path: string, document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // An alias without an anchor, or so many of them that the file would grow without bound.
    throw configError(`${path}: ${(error as Error).message}`, 'write the value out instead', error);
  }
}

/** Characters from the start of the file. */
function offsetOf(document: Document, keys: KeyPath, part: 'key' | 'value'): number {
  for (let depth = keys.length; depth > 0; depth--) {
    const inner = keys.slice(0, depth);
    const key = keyNode(document, inner);
    const value = document.getIn(inner, true);
    const byKey = part === 'key' || depth < keys.length || isSection(value);
    const node = byKey ? (key ?? value) : isNode(value) ? value : key;
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

/** It begins a line below its key, with the first thing in it: what concerns all of it is told where it has its name. */
const isSection = (value: unknown): boolean => isCollection(value) && value.flow !== true;

function keyNode(document: Document, keys: KeyPath): Node | undefined {
  const parent = keys.length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = (parent as YAMLMap).items.find(({ key }) => isScalar(key) && key.value === keys.at(-1));
  return isScalar(pair?.key) ? pair.key : undefined;
}

/**
 * Read a text file that belongs to a configuration.
 *
 * @param hint what to do when it is not there
 * @throws TinyError (exit 78) when it cannot be read
 */
export async function readConfigFile(
  path: string,
  hint = 'check the path; relative paths start at the file that names them',
): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw configError(
      missing ? `there is no file ${path}` : `${path} cannot be read: ${(error as Error).message}`,
      hint,
      error,
    );
  }
}
