import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { TinyError } from '../../protocols/errors.ts';

/** One line and where it stands; `value` is undefined where it is not JSON. */
export interface JsonLine {
  readonly where: string;
  readonly value: unknown;
}

const GZIP_MAGIC = [0x1f, 0x8b];
const RECORDS = /\.(jsonl|ndjson)(\.gz)?$/;

/**
 * Every line of a JSON Lines file, or of all such files of a folder in the order of their names. Whether a
 * file is compressed is seen by its content. Throws `TinyError` for a file that is missing or cut short.
 */
export async function readJsonLines(path: string): Promise<{ lines: JsonLine[]; hash: string }> {
  const hash = createHash('sha256');
  const lines: JsonLine[] = [];
  for (const file of await recordFiles(path)) {
    const bytes = await readFile(file);
    hash.update(bytes);
    const text = decode(file, bytes).split('\n');
    for (const [i, line] of text.entries()) {
      if (line.trim() === '') continue;
      const value = parse(line);
      // Every line but a torn last one ends with a newline.
      if (value === undefined && i === text.length - 1) throw damaged(file);
      lines.push({ where: `${file}:${i + 1}`, value });
    }
  }
  return { lines, hash: hash.digest('hex') };
}

async function recordFiles(path: string): Promise<string[]> {
  const info = await stat(path).catch(() => undefined);
  if (!info) throw new TinyError(`there is no data at ${path}`, 'give the data set with --data PATH');
  if (!info.isDirectory()) return [path];
  const files = (await readdir(path)).filter((name) => RECORDS.test(name)).sort();
  if (files.length === 0) {
    throw new TinyError(
      `${path} holds no .jsonl or .jsonl.gz file`,
      'give the folder that holds them with --data',
    );
  }
  return files.map((name) => join(path, name));
}

function decode(file: string, bytes: Buffer): string {
  const isGzip = GZIP_MAGIC.every((byte, i) => bytes[i] === byte);
  try {
    return (isGzip ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (cause) {
    throw damaged(file, cause);
  }
}

const damaged = (file: string, cause?: unknown): TinyError =>
  new TinyError(`${file} is cut short or damaged`, 'download it again', { cause });

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
