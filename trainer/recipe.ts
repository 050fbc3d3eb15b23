import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { packageRoot } from '../commandline/package.ts';
import { sha256 } from '../model/bundle.ts';
import { configError } from '../protocols/errors.ts';
import { checked } from '../protocols/schema-error.ts';
import { parseTaskSpec, type TaskSpec } from '../protocols/task.ts';
import { readConfigFile, readYamlFile } from '../protocols/yaml.ts';
import { type Base, openBase } from './open-base.ts';
import { checkParts, checkStart } from './recipe-checks.ts';
import { type Recipe, recipe } from './recipe-keys.ts';

export interface LoadedRecipe extends Omit<Recipe, 'base'> {
  /** Its file as a reader elsewhere may find it: below this package, or a person's own by its name alone. */
  readonly file: string;
  readonly spec: TaskSpec;
  /** What to start from instead of `model`, `tokenizer` and `initial`. */
  readonly base?: Base;
  /** SHA-256 over the recipe and its task file. */
  readonly hash: string;
}

/**
 * Read a recipe, its task and its base. Throws `TinyError` (exit 78) naming file, key and fix.
 *
 * @param chosenBase a folder to start from in the place of the recipe's base, or of a start from scratch
 */
export async function loadRecipe(path: string, chosenBase?: string): Promise<LoadedRecipe> {
  const file = await readYamlFile(path);
  if (typeof file.value === 'object' && file.value !== null && 'corpus' in file.value) {
    throw configError(`${path} is the recipe of a corpus, not of a model`, 'give it to `tinyllm prepare`');
  }
  const written = checked(recipe, file.value, file);
  const taskPath = resolve(dirname(path), written.task);
  const taskFile = await readYamlFile(taskPath);
  const spec = parseTaskSpec(taskFile.value, taskFile);
  checkParts(path, written, spec);
  const { base: named, ...rest } = written;
  const folder = chosenBase ?? (named && resolve(dirname(path), named.from));
  const base = folder === undefined ? undefined : await openBase(folder);
  checkStart(path, written, base, chosenBase !== undefined);
  const texts = [await readConfigFile(path), await readConfigFile(taskPath)];
  return { ...rest, file: portableName(path), spec, hash: sha256(texts.join('\0')), ...(base && { base }) };
}

/** A card must not tell how the folders of a machine are called. */
function portableName(path: string): string {
  const below = relative(packageRoot(), resolve(path));
  return below.startsWith('..') || isAbsolute(below) ? basename(path) : below.split(sep).join('/');
}
