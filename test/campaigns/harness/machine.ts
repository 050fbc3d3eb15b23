import { execFile } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { packageRoot } from '../../../commandline/package.ts';
import { currentCommit } from '../../../trainer/current-commit.ts';

/** What a campaign ran on, as far as others may know: no name and no path. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  /** `linux-x64` */
  readonly platform: string;
  /** Version of Node. */
  readonly node: string;
}

export function thisMachine(): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() || 'unknown',
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
  };
}

/** The commit that runs, and whether its files were changed since; null outside a repository of our own. */
export async function commitHere(): Promise<{ commit: string | null; isModified: boolean }> {
  const commit = await currentCommit();
  if (commit === null) return { commit, isModified: false };
  const sources = ['*.ts', 'package-lock.json', ':!*.test.ts'];
  const { stdout } = await promisify(execFile)('git', ['status', '--porcelain', '--', ...sources], {
    cwd: packageRoot(),
  });
  return { commit, isModified: stdout !== '' };
}
