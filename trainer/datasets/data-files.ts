import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { TinyError } from '../../protocols/errors.ts';

const GZIP_MAGIC = [0x1f, 0x8b];

/** Which files of a folder belong to a data set. */
export interface FileKind {
  readonly names: RegExp;
  /** For people: `.jsonl or .jsonl.gz`. */
  readonly described: string;
}

/** The path itself when it is a file, whatever its name; else the folder's files of a kind, by name. */
export async function dataFiles(path: string, { names, described }: FileKind): Promise<string[]> {
  if (!(await isFolder(path))) return [path];
  const files = (await readdir(path)).filter((name) => names.test(name)).sort();
  if (files.length === 0) {
    throw new TinyError(`${path} holds no ${described} file`, 'give the folder that holds them with --data');
  }
  return files.map((name) => join(path, name));
}

/** Throws `TinyError` when there is nothing. */
export async function isFolder(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  if (!info) {
    throw new TinyError(`there is no data at ${path}`, 'docs/data.md says where the data sets come from');
  }
  return info.isDirectory();
}

/**
 * A file's bytes as they are stored, and its text. Whether it is compressed is seen by its content.
 * Throws `TinyError` when it cannot be read or is cut short.
 */
export async function readDataFile(file: string): Promise<{ bytes: Buffer; text: string }> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new TinyError(`${file} cannot be read`, 'check that it is there and may be read', { cause });
  });
  const isGzip = GZIP_MAGIC.every((byte, i) => bytes[i] === byte);
  try {
    return { bytes, text: (isGzip ? gunzipSync(bytes) : bytes).toString('utf8') };
  } catch (cause) {
    throw damagedFile(file, cause);
  }
}

export const damagedFile = (file: string, cause?: unknown): TinyError =>
  new TinyError(`${file} is cut short or damaged`, 'download it again', { cause });
