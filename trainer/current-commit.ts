import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { packageRoot } from '../commandline/package.ts';

/** The commit of this repository, or null where the package is not in one of its own. */
export async function currentCommit(): Promise<string | null> {
  const git = promisify(execFile)('git', ['rev-parse', '--show-prefix', 'HEAD'], { cwd: packageRoot() });
  // An installed package may lie deep in somebody else's repository.
  const [prefix, commit] = await git.then(
    ({ stdout }) => stdout.split('\n'),
    () => [],
  );
  return prefix === '' && commit ? commit : null;
}
