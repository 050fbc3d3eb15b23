import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Experiment } from './experiment.ts';
import { experimentSection } from './experiment-page.ts';
import { type Trained, trained } from './train-arm.ts';

const DOCS = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'docs');

/** Where an experiment's results are kept. */
export const resultsPath = ({ name }: Experiment): string => join(DOCS, 'experiments', `${name}.json`);

/** What these experiments came to, a section each; none of those that were not run. */
export async function storedSections(experiments: readonly Experiment[]): Promise<string[]> {
  const sections: string[] = [];
  for (const experiment of experiments) {
    const results = await storedResults(experiment);
    if (results.length > 0) sections.push(experimentSection(experiment, results));
  }
  return sections;
}

async function storedResults(experiment: Experiment): Promise<Trained[]> {
  const written = await readFile(resultsPath(experiment), 'utf8').catch(() => '[]');
  return z.array(trained).parse(JSON.parse(written));
}
