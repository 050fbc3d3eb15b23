import { TinyError } from '../protocols/errors.ts';

/** What people do about the errors of a file system. */
const FULL = 'free some space on that disk, or write to another; nothing half-written stands under that name';
const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EACCES: 'choose a place where you may write',
  EPERM: 'choose a place where you may write',
  EROFS: 'choose a place where you may write',
  ENOTDIR: 'a part of that path is a file, not a folder',
  EEXIST: 'a part of that path is a file, not a folder',
  EISDIR: 'that is a folder: add the name of a file',
};

/** An error of the file system as a `TinyError` that names the path and the way out; any other error as it is. */
export function writeError(path: string, error: unknown): unknown {
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
  const hint = HINTS[code];
  return hint === undefined ? error : new TinyError(`cannot write ${path} (${code})`, hint, { cause: error });
}
