import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import { configError } from './errors.ts';

/**
 * Read a YAML file that a person wrote (JSON is YAML too).
 *
 * @returns what stands in it, for a schema to judge
 * @throws TinyError (exit 78) naming the file, and the line where there is one: missing file, broken YAML,
 *   a key given twice
 */
export async function readYaml(path: string): Promise<unknown> {
  const lines = new LineCounter();
  const document = parseDocument(await readConfigFile(path), { lineCounter: lines, prettyErrors: false });
  const [problem] = document.errors;
  if (problem) {
    throw configError(
      `${path}:${lines.linePos(problem.pos[0]).line}: ${problem.message}`,
      'YAML wants spaces for indentation, `key: value` with a space, and each key once',
    );
  }
  try {
    return document.toJS();
  } catch (error) {
    // An alias without an anchor, or so many of them that the file would grow without bound.
    throw configError(`${path}: ${(error as Error).message}`, 'write the value out instead', error);
  }
}

/**
 * Read a text file that belongs to a configuration.
 *
 * @param hint what to do when it is not there
 * @throws TinyError (exit 78) when it cannot be read
 */
export async function readConfigFile(
  path: string,
  hint = 'check the path; relative paths start at the file that names them',
): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw configError(
      missing ? `there is no file ${path}` : `${path} cannot be read: ${(error as Error).message}`,
      hint,
      error,
    );
  }
}
