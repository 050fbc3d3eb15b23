import { rename, writeFile } from 'node:fs/promises';

/** Write a file that is either the old one or the new one, wherever the process is killed. */
export async function writeWhole(path: string, contents: string | Uint8Array): Promise<void> {
  const temporary = `${path}.partial`;
  await writeFile(temporary, contents);
  await rename(temporary, path);
}
