import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { packageVersion } from '../commandline/package.ts';
import { sha256 } from '../model/bundle.ts';
import { writeError } from './write-error.ts';

/** Where a run keeps its files, and how it tells what it is doing. */
export interface Run {
  /** The folder of the run; every stage has one of its own below it. */
  readonly out: string;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** One line for a person. */
  note(line: string): void;
}

const STAMP = 'stamp.json';

export interface StageOptions {
  /**
   * What of an interrupted run is too dear to be thrown away when the inputs have changed: a file of its partial folder. Where
   * there is one, that folder is set aside under a name of its own, and said.
   */
  readonly keep?: string;
}

/**
 * A stage: files in, files out. Its folder appears, whole, when it is done, with a stamp of all it depended on, this
 * version of the package included; the same inputs again find it done, and other inputs replace it. `work` fills a
 * partial folder, which it finds as it left it when it was interrupted.
 *
 * @param inputs everything the result depends on: hashes of files, settings, seed
 * @returns the stage's folder
 */
export async function stage(
  run: Run,
  name: string,
  inputs: unknown,
  work: (folder: string) => Promise<void>,
  { keep }: StageOptions = {},
): Promise<string> {
  const folder = join(run.out, name);
  const stamp = JSON.stringify({
    stage: name,
    version: packageVersion(),
    inputs: sha256(JSON.stringify(inputs)),
  });
  if ((await readStamp(folder)) === stamp) {
    run.note(`${name}: done before, nothing changed`);
    return folder;
  }
  run.signal.throwIfAborted();
  try {
    if (keep !== undefined) await setAside(run, name, stamp, keep);
    await fill(run, name, stamp, work);
  } catch (error) {
    // What could not be read elsewhere is not about this folder.
    const { path = run.out } = (error ?? {}) as NodeJS.ErrnoException;
    throw resolve(path).startsWith(resolve(run.out)) ? writeError(folder, error) : error;
  }
  return folder;
}

async function fill(
  run: Run,
  name: string,
  stamp: string,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = join(run.out, name);
  const partial = join(run.out, `.${name}.partial`);
  if ((await readStamp(partial)) === stamp) {
    run.note(`${name}: going on where it was interrupted`);
  } else {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await writeFile(join(partial, STAMP), stamp);
  }
  await work(partial);
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
}

/** Gives the partial folder of other inputs another name, if it holds `kept`. */
async function setAside(run: Run, name: string, stamp: string, kept: string): Promise<void> {
  const partial = join(run.out, `.${name}.partial`);
  if (!existsSync(join(partial, kept)) || (await readStamp(partial)) === stamp) return;
  let number = 1;
  const asideName = (): string => join(run.out, `${name}-interrupted-${number}`);
  while (existsSync(asideName())) number++;
  await rename(partial, asideName());
  run.note(
    `${name}: begins anew, as its settings, its data or this program have changed; what was interrupted is kept in ${asideName()}`,
  );
}

const readStamp = (folder: string): Promise<string | undefined> =>
  readFile(join(folder, STAMP), 'utf8').catch(() => undefined);
