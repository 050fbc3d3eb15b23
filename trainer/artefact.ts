import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { TinyError } from '../protocols/errors.ts';
import { writeError } from './write-error.ts';

/** Contents of the files of a folder, by name. */
export type FolderContents = ReadonlyMap<string, string | Uint8Array>;

/**
 * Writes what a person asked for at `path`, a file or a folder of files, whole: under a temporary name beside it, which
 * is then renamed. A file is replaced; a folder that holds anything is refused, as it may not be ours to replace. On
 * failure nothing is left behind.
 */
export async function writeArtefact(path: string, contents: Uint8Array | FolderContents): Promise<void> {
  const target = resolve(path); // without a slash at its end
  const partial = `${target}.partial`;
  try {
    if (contents instanceof Map) await mustBeNew(path);
    await mkdir(dirname(target), { recursive: true });
    await rm(partial, { recursive: true, force: true });
    await write(partial, contents);
    await rename(partial, target); // an empty folder gives way to a folder
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined); // the first error is the one to tell
    throw writeError(path, error);
  }
}

async function write(partial: string, contents: Uint8Array | FolderContents): Promise<void> {
  if (contents instanceof Uint8Array) return writeFile(partial, contents);
  await mkdir(partial);
  for (const [name, file] of contents) await writeFile(join(partial, name), file);
}

/** Throws a `TinyError` unless the folder is absent or empty. To be asked before long work, too. */
export async function mustBeNew(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw writeError(folder, error);
  });
  if (entries.length > 0) {
    throw new TinyError(`${folder} exists already and is not empty`, 'name a new folder');
  }
}
