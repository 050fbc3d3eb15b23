import { dirname, join, relative, resolve } from 'node:path';
import { writeWhole } from '../../write-whole.ts';
import type { Pretrainer } from '../engine.ts';
import type { PretrainJob } from '../pretrain-job.ts';

const JOB_FORMAT = 'tinyllm-pretrain-job/1';
const FILE = 'job.json';

/**
 * Leaves the job as a file in its folder, for `pretrain.py` here or on other machines. Paths in it begin at that folder, so
 * a run may be moved as a whole.
 * @returns the path of the file
 */
export async function writeJob(job: PretrainJob): Promise<string> {
  const path = join(job.folder, FILE);
  const fromFolder = (target: string): string => relative(resolve(dirname(path)), resolve(target));
  const { folder: _, ...rest } = job;
  const stored = {
    format: JOB_FORMAT,
    ...rest,
    initial: fromFolder(job.initial),
    corpus: fromFolder(job.corpus),
  };
  await writeWhole(path, `${JSON.stringify(stored, null, 2)}\n`);
  return path;
}

/** Thrown by `jobWriter` when it is done: the stage stays as it is, to be finished later. */
export class JobWritten extends Error {
  /** Of the file. */
  readonly path: string;

  constructor(path: string) {
    super(`the job is in ${path}`);
    this.path = path;
  }
}

/** Trains nothing: leaves the job as a file that torchrun can be started with, here or on several hosts. */
export const jobWriter: Pretrainer = {
  name: 'torch',
  pretrain: async (job) => {
    throw new JobWritten(await writeJob(job));
  },
};
