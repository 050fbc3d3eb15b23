import { stat } from 'node:fs/promises';
import { TinyError } from '../protocols/errors.ts';
import { readRecordings } from '../protocols/recording.ts';

/**
 * Look into a file of recordings before anything is started that it would end.
 *
 * @throws TinyError when it is not there, is a folder, or does not begin with a recording
 */
export async function checkRecordings(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    throw new TinyError(`${path} is a folder`, 'name one of the files in it: .jsonl or .jsonl.gz');
  }
  for await (const _ of readRecordings(path)) return;
}
