import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { REPOSITORY } from '../tools.ts';
import type { Sources } from './imports.ts';

const NOT_OURS = new Set(['node_modules', 'dist', 'runs', 'coverage', '.git', '__pycache__']);

/** Paths of every file of the repository, relative to it, with forward slashes. */
export function repositoryFiles(): string[] {
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !NOT_OURS.has(name) && !name.startsWith('.dist-'))
      .flatMap((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory() ? walk(path) : [relative(REPOSITORY, path).split(sep).join('/')];
      });
  return walk(REPOSITORY);
}

export const readRepositoryFile = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');

/** The TypeScript that ships: `cli.ts` and the areas it loads. */
export function shippedSources(areas: readonly string[]): Sources {
  const shipped = repositoryFiles().filter(
    (path) => path.endsWith('.ts') && areas.includes(path.split('/')[0]!),
  );
  return new Map(shipped.map((path) => [path, readRepositoryFile(path)]));
}
