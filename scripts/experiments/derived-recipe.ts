import { writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { readYaml } from '../../protocols/yaml.ts';
import type { Overrides } from './experiment.ts';

type Mapping = Record<string, unknown>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A recipe with some keys changed, as a file of its own; what it names stays where it was. */
export async function writeDerivedRecipe(from: string, changes: Overrides, to: string): Promise<void> {
  const written = (await readYaml(from)) as Mapping;
  const place = dirname(from);
  const recipe = merged(written, chosenSources(written, changes));
  if (typeof recipe.task === 'string') recipe.task = resolve(place, recipe.task);
  for (const source of sourcesOf(recipe)) {
    if (typeof source.recipe === 'string') source.recipe = resolve(place, source.recipe);
  }
  // JSON is YAML.
  await writeFile(to, `${JSON.stringify(recipe, null, 2)}\n`);
}

export const recipePath = (root: string, name: string): string =>
  join(root, 'configs', 'recipes', `${basename(name)}.yaml`);

function merged(value: Mapping, changes: Overrides): Mapping {
  const result: Mapping = { ...value };
  for (const [key, change] of Object.entries(changes)) {
    const before = result[key];
    if (change === null) delete result[key];
    else result[key] = isMapping(before) && isMapping(change) ? merged(before, change) : change;
  }
  return result;
}

/** `corpus.sources` may be the names of those that stay; alone, a source needs no share. */
function chosenSources(written: Mapping, changes: Overrides): Overrides {
  const { corpus } = changes as { corpus?: { sources?: readonly string[] } };
  if (!corpus?.sources) return changes;
  const kept = sourcesOf(written).filter(({ name }) => corpus.sources!.includes(name as string));
  const alone = kept.length === 1 ? kept.map(({ share: _, ...source }) => source) : kept;
  return { ...changes, corpus: { ...corpus, sources: alone } };
}

const sourcesOf = ({ corpus }: Mapping): Mapping[] =>
  isMapping(corpus) && Array.isArray(corpus.sources) ? (corpus.sources as Mapping[]) : [];
