import { readdir, readFile } from 'node:fs/promises';

/** The text of a file of the kernel's, empty when there is no such file. */
export const textOf = async (path: string): Promise<string> =>
  (await readFile(path, 'utf8').catch(() => '')).trim();

/** The whole number in a file, null when there is none. */
export async function integerIn(path: string): Promise<number | null> {
  const text = await textOf(path);
  return /^-?\d+$/.test(text) ? Number(text) : null;
}

/** What is in a folder, in order of name; nothing when there is no such folder. */
export const namesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(() => [])).sort(byNumber);

/** `hwmon10` behind `hwmon9`. */
const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
