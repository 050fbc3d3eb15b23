import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../dataset.ts';

/** How the authors of a set publish it, as against the layout which the set's own reader reads. */
export interface SourceLayout {
  /** Where the set lies: `path` itself, or the place within a clone of its repository; undefined when it is not this. */
  find(path: string): Promise<string | undefined>;
  /** Rows equal to those of the set's own reader: the same ids, labels, numbers, samples and splits. */
  read(found: string): Promise<Dataset>;
}

/**
 * Rows which the authors publish and from which none of our figures comes: neither trained nor chosen on, and never in a
 * test of ours. `--split further` reads them.
 */
export const FURTHER = 'further';

/** The first of a folder's places whose file names are what is wanted. A path that does not exist has none. */
export async function placeWith(
  path: string,
  places: readonly string[],
  holds: (names: readonly string[]) => boolean,
): Promise<string | undefined> {
  for (const place of places) {
    const folder = join(path, place);
    if (holds(await namesIn(folder))) return folder;
  }
  return undefined;
}

/** Sorted by code unit, as every walk through a source goes; empty where there is no such folder. */
export const namesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(() => [])).sort();

/** Sources write all digits that a float has; the set's own layout keeps this many, and so do its figures. */
export const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals));
