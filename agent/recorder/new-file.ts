import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { TinyError, usageError } from '../../protocols/errors.ts';

/** Look at a file before an hour of recording goes into it. Throws `TinyError` when it is there, or could not be written. */
export async function checkNewFile(path: string): Promise<void> {
  if (!/\.jsonl(\.gz)?$/.test(path)) {
    throw usageError(
      `${path} does not end in .jsonl or .jsonl.gz`,
      'name the file so: recordings/anna-1.jsonl.gz',
    );
  }
  if ((await stat(path).catch(() => undefined)) !== undefined) {
    throw new TinyError(
      `${path} is there already`,
      'name another file: every session is one, and a folder of them is trained from',
    );
  }
  const folder = dirname(resolve(path));
  await access(folder, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    throw new TinyError(
      `${folder} cannot be written: ${error.message}`,
      `mkdir -p ${folder}, or name another`,
    );
  });
}
