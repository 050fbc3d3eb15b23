/** Why a folder cannot be written, and what to do about it, in plain words. */
export interface FolderTrouble {
  readonly reason: string;
  readonly hint: string;
}

const ANOTHER = 'or name another with --state DIR';
const FULL = { reason: 'the disk is full', hint: `make room there, ${ANOTHER}` };
const FORBIDDEN = {
  reason: 'this user may not write there',
  hint: `make it writable for this user, ${ANOTHER}`,
};
const NO_FOLDER = {
  reason: 'a part of that path is a file, not a folder',
  hint: `move that file away, ${ANOTHER}`,
};

const TROUBLES: Readonly<Record<string, FolderTrouble>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: { ...FULL, reason: 'a file there may not become larger' },
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EROFS: { ...FORBIDDEN, reason: 'the disk is mounted read-only' },
  // Of a folder that is made with its parents, Node says so on a read-only disk too.
  ENOENT: { ...FORBIDDEN, reason: 'the folder is not there and could not be made' },
  ENOTDIR: NO_FOLDER,
  EEXIST: NO_FOLDER,
};

/** Whether it helps to keep less there. */
export const isOutOfRoom = (error: unknown): boolean => stateFolderTrouble(error).hint === FULL.hint;

/** Of an error of the file system while the state folder was made or written. */
export function stateFolderTrouble(error: unknown): FolderTrouble {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return TROUBLES[code] ?? { ...FORBIDDEN, reason: message };
}
