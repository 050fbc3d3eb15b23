/**
 * The generated part of docs/results.md, from docs/results/<recipe>/<seed>.json and docs/experiments/foundation.json.
 *
 *   npx tsx scripts/results.ts    writes docs/results.md
 *
 * A test keeps it current.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readYaml } from '../protocols/yaml.ts';
import { isCorpusRecipe } from '../trainer/corpus/corpus-recipe.ts';
import { recipe } from '../trainer/recipe-keys.ts';
import { type Runnable, resultsPage } from '../trainer/results/results-page.ts';
import { readResults } from '../trainer/results/run-result.ts';
import { FOUNDATION } from './experiments/experiment.ts';
import { storedSections } from './experiments/stored-results.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const PAGE = join(root, 'docs', 'results.md');

const BEGIN = '<!-- From here on written by `npx tsx scripts/results.ts` -->';
const END = '<!-- Up to here -->';

/** The page as it should be: what people wrote, and between the marks what the results say. */
export async function page(): Promise<string> {
  const text = await readFile(PAGE, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has lost its marks: ${BEGIN} .. ${END}`);
  const results = await readResults(join(root, 'docs', 'results'));
  const sections = [resultsPage(await recipes(), results), ...(await storedSections([FOUNDATION]))];
  const generated = sections.join('\n\n');
  return `${text.slice(0, begin)}${BEGIN}\n\n${generated}\n\n${text.slice(end)}`;
}

async function recipes(): Promise<Runnable[]> {
  const folder = join(root, 'configs', 'recipes');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).sort();
  const found = await Promise.all(files.map((file) => recipeOfModel(join(folder, file))));
  return found.flatMap((one) => one ?? []);
}

/** Undefined for the recipe of a corpus. Not loaded whole: a base that it starts from need not be on this machine. */
async function recipeOfModel(path: string): Promise<Runnable | undefined> {
  if (await isCorpusRecipe(path)) return undefined;
  const { name, dataset, task, where } = recipe.parse(await readYaml(path));
  return { name, dataset, task: basename(task, '.yaml'), ...(where && { where }) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(PAGE, await page());
