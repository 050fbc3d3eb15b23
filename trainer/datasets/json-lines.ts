import { createHash } from 'node:crypto';
import { damagedFile, dataFiles, type FileKind, readDataFile } from './data-files.ts';

/** One line and where it stands; `value` is undefined where it is not JSON. */
export interface JsonLine {
  readonly where: string;
  readonly value: unknown;
}

export interface JsonLines {
  readonly lines: readonly JsonLine[];
  /** SHA-256 over the files, in their order. */
  readonly hash: string;
}

const JSON_LINES: FileKind = { names: /\.(jsonl|ndjson)(\.gz)?$/, described: '.jsonl or .jsonl.gz' };

/**
 * Every line of a JSON Lines file, or of all such files of a folder in the order of their names. Whether a
 * file is compressed is seen by its content. Throws `TinyError` for a file that is missing or cut short.
 */
export async function readJsonLines(path: string, kind: FileKind = JSON_LINES): Promise<JsonLines> {
  const hash = createHash('sha256');
  const lines: JsonLine[] = [];
  for (const file of await dataFiles(path, kind)) {
    const { bytes, text } = await readDataFile(file);
    hash.update(bytes);
    const all = text.split('\n');
    for (const [i, line] of all.entries()) {
      if (line.trim() === '') continue;
      const value = parse(line);
      // Every line but a torn last one ends with a newline.
      if (value === undefined && i === all.length - 1) throw damagedFile(file);
      lines.push({ where: `${file}:${i + 1}`, value });
    }
  }
  return { lines, hash: hash.digest('hex') };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
