import { spawnSync } from 'node:child_process';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRepositoryFile } from './architecture/files.ts';
import { REPOSITORY } from './tools.ts';

interface Pack {
  readonly files: readonly { readonly path: string }[];
}

/** What npm would put into the package, without building it anew. */
function packed(): string[] {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  return (JSON.parse(stdout) as Pack[]).flatMap(({ files }) => files.map(({ path }) => path));
}

describe('the package', () => {
  it('holds every file and folder that the README links', () => {
    const files = packed();
    const links = [...readRepositoryFile('README.md').matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
    expect(links.length).toBeGreaterThan(5);
    const missing = links
      .map(([, link]) => posix.normalize(link!))
      .filter((path) => !files.some((file) => file === path || file.startsWith(`${path}/`)));
    expect(missing).toEqual([]);
  });

  it('names each of its parts once', () => {
    const { files } = JSON.parse(readRepositoryFile('package.json')) as { files: string[] };
    expect(new Set(files).size).toBe(files.length);
  });
});
