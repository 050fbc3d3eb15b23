import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../commandline/package.ts';
import { commitHere, thisMachine } from '../test/campaigns/harness/machine.ts';
import { writeWhole } from '../trainer/write-whole.ts';
import type { Figure } from './figures.ts';
import { benchmarksPage } from './page.ts';
import type { BenchResult } from './result.ts';

const RESULTS = join(packageRoot(), 'docs', 'bench');
const PAGE = join(packageRoot(), 'docs', 'benchmarks.md');
const BEGIN = '<!-- From here on written by `npm run bench -- <name> --save` -->';

/** Keeps a result, and writes docs/benchmarks.md from all that are kept. */
export async function saveResult(bench: string, figures: readonly Figure[], startMs: number): Promise<void> {
  const result: BenchResult = {
    bench,
    date: new Date(startMs).toISOString(),
    ...(await commitHere()),
    machine: thisMachine(),
    seconds: Math.round((Date.now() - startMs) / 1000),
    figures,
  };
  await mkdir(RESULTS, { recursive: true });
  await writeWhole(join(RESULTS, `${bench}.json`), `${JSON.stringify(result, null, 2)}\n`);
  await writeWhole(PAGE, await currentPage());
}

/** docs/benchmarks.md as it should be: what people wrote, then what the results say. */
async function currentPage(): Promise<string> {
  const text = await readFile(PAGE, 'utf8');
  const begin = text.indexOf(BEGIN);
  if (begin < 0) throw new Error(`${PAGE} has lost its mark: ${BEGIN}`);
  return `${text.slice(0, begin)}${BEGIN}\n\n${benchmarksPage(await readResults())}\n`;
}

async function readResults(): Promise<BenchResult[]> {
  const files = (await readdir(RESULTS)).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (file) => JSON.parse(await readFile(join(RESULTS, file), 'utf8')) as BenchResult),
  );
}
