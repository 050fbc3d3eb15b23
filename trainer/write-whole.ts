import { rename, rm, writeFile } from 'node:fs/promises';
import { writeError } from './write-error.ts';

/**
 * Write a file that is either the old one or the new one, wherever the process is killed.
 * Throws `TinyError` naming the path where the disk is full or the place may not be written to.
 */
export async function writeWhole(path: string, contents: string | Uint8Array): Promise<void> {
  const temporary = `${path}.partial`;
  try {
    await writeFile(temporary, contents);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the first error is the one to tell
    throw writeError(path, error);
  }
}
